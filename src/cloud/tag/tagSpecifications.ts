import { fail, invalid } from '../../kernel/errors.ts';

/** A tag as requests carry it. */
export interface RequestTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export interface RequestTagSpecification {
  readonly ResourceType?: string | undefined;
  readonly Tags?: readonly RequestTag[] | undefined;
}

/** EC2 user guide, "Tag restrictions". */
const limits = { tags: 50, key: 128, value: 256 } as const;

/** Checks tags of a request and gives them as a record. `where` names the parameter in refusals. */
export function readTags(tags: readonly RequestTag[] | undefined, where = 'Tag'): Readonly<Record<string, string>> {
  const result: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [i, { Key, Value }] of (tags ?? []).entries()) {
    if (Key === undefined || Key === '')
      fail('InvalidParameterValue', `Tag key cannot be null or empty (${where}.${i + 1}.Key).`);
    if (Key.length > limits.key)
      fail(
        'InvalidParameterValue',
        `Tag key exceeds the maximum length of ${limits.key} characters (${where}.${i + 1}.Key)`,
      );
    if (/^aws:/i.test(Key))
      fail(
        'InvalidParameterValue',
        `Tag keys starting with 'aws:' are reserved for internal use (${where}.${i + 1}.Key)`,
      );
    const value = Value ?? '';
    if (value.length > limits.value)
      fail(
        'InvalidParameterValue',
        `Tag value exceeds the maximum length of ${limits.value} characters (${where}.${i + 1}.Value)`,
      );
    if (Object.hasOwn(result, Key)) fail('InvalidParameterValue', `Duplicate tag key '${Key}' specified.`);
    result[Key] = value;
  }
  checkCount(result);
  return { ...result };
}

/** Refuses more tags than a resource may have. */
export function checkCount(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > limits.tags) {
    fail('TagLimitExceeded', `The maximum number of Tags for a resource has been reached (${limits.tags}).`);
  }
}

/** Tags by resource type, for an action that makes resources of the types `allowed`. */
export function tagSpecifications<Type extends string>(
  specifications: readonly RequestTagSpecification[] | undefined,
  allowed: readonly Type[],
): Readonly<Partial<Record<Type, Readonly<Record<string, string>>>>> {
  const result: Partial<Record<Type, Readonly<Record<string, string>>>> = {};
  for (const [i, { ResourceType, Tags }] of (specifications ?? []).entries()) {
    const type = allowed.find((t) => t === ResourceType);
    if (type === undefined) {
      if (ResourceType === undefined)
        fail(
          'InvalidParameterValue',
          `Tag specification resource type must have a value (TagSpecification.${i + 1}.ResourceType)`,
        );
      return invalid(
        ResourceType,
        `TagSpecification.${i + 1}.ResourceType`,
        'It is not a valid taggable resource type for this operation.',
      );
    }
    if (result[type] !== undefined)
      fail('InvalidParameterValue', `Duplicate resource type '${type}' in tag specifications.`);
    if (Tags === undefined || Tags.length === 0)
      fail('InvalidParameterValue', 'Tag specification must have at least one tag');
    result[type] = readTags(Tags, `TagSpecification.${i + 1}.Tag`);
  }
  return result;
}

/** Tags as EC2 shows them: absent where there are none. */
export const viewTags = (tags: Readonly<Record<string, string>>): { Tags?: { Key: string; Value: string }[] } => {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return list.length === 0 ? {} : { Tags: list };
};
