type Tags = Readonly<Record<string, string>>;

/** What both sides see of a thing: its tags here, and what the cloud had when it was seen last. */
export interface TaggedInCloud {
  readonly tags: Tags;
  /** Absent: nothing. */
  readonly cloudTags?: Tags;
  /** Absent: none, or our id. */
  readonly cloudName?: string;
}

/** A thing as the cloud tells it. */
interface Told {
  readonly id: string;
  /** Its name there; our id where we gave it. */
  readonly name: string;
  readonly tags: Tags;
}

/**
 * Takes over what was changed in the cloud since it was seen last: what it has and had not is added, what it has no more
 * goes. What was changed here alone stays, and so does `ours`: keys whose last word was spoken here. A new name in the
 * cloud is the tag `Name`, unless the cloud has such a tag.
 */
export function mergedTags(row: TaggedInCloud, told: Told, ours: ReadonlySet<string> = none): TaggedInCloud {
  const { tags, cloudTags = {}, cloudName } = row;
  const merged: Record<string, string> = { ...tags };
  const name = told.name === told.id || told.name === '' ? undefined : told.name;
  if (name !== cloudName && name !== undefined && !ours.has('Name')) merged.Name = name;
  for (const [key, value] of Object.entries(told.tags))
    if (cloudTags[key] !== value && !ours.has(key)) merged[key] = value;
  for (const key of Object.keys(cloudTags)) if (told.tags[key] === undefined && !ours.has(key)) delete merged[key];
  const seen = { cloudTags: Object.keys(told.tags).length === 0 ? undefined : told.tags, cloudName: name };
  return { tags: merged, ...seen } as TaggedInCloud;
}

const none: ReadonlySet<string> = new Set();
