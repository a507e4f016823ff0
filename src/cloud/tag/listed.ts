import type { TagDescription } from '@aws-sdk/client-ec2';
import { type Filter, type FilterRule, type FilterRules, hasWildcard } from '../../kernel/filter.ts';
import type { EntryQuery } from '../../ports/store.ts';
import type { Reading } from '../context/reading.ts';
import { group } from '../group/group.ts';
import { sharedTags } from './sharedTags.ts';
import { taggable, taggableById, typeOfKind } from './taggable.ts';

/** One tag of one resource. `position` grows through the list and stays the same while the resource's tags do. */
export interface ListedTag {
  readonly key: string;
  readonly value: string;
  readonly resource: string;
  readonly type: string;
  readonly position: number;
}

/** Filters as documented for DescribeTags; `tag:KEY` is `tagFilter`. */
export const tagFilters: FilterRules<ListedTag> = {
  key: { of: (t) => t.key, doc: 'the key of the tag' },
  'resource-id': { of: (t) => t.resource, doc: 'the id of the resource' },
  'resource-type': { of: (t) => t.type, doc: 'the type of the resource' },
  value: { of: (t) => t.value, doc: 'the value of the tag' },
};

/** `tag:KEY`: tags with this key, by their value. */
export function tagFilter(name: string): FilterRule<ListedTag> | undefined {
  if (!name.startsWith('tag:')) return undefined;
  const key = name.slice('tag:'.length);
  return { of: (t) => (t.key === key ? t.value : undefined), doc: 'the value of a tag' };
}

/** Room for the tags of one resource between two positions: a group with 240 rules of 50 tags stays below. */
const perResource = 2 ** 14;

/** All tags of the account in the region that the filters may let through; the filters themselves come after. */
export async function listTags(cx: Reading, filters: readonly Filter[]): Promise<readonly ListedTag[]> {
  const found: (Omit<ListedTag, 'position'> & { readonly seq: number })[] = [];
  const entries = await cx.reader.entries(narrow(cx, filters));
  const visible = await visibleOf(
    cx,
    entries.filter(({ kind }) => kind === sharedTags.kind).map(({ id }) => id),
  );
  for (const entry of entries) {
    const type = visible.get(entry.id) ?? typeOfKind.get(entry.kind);
    if (type === undefined) continue;
    found.push({ seq: entry.seq, key: entry.name.slice('tag:'.length), value: entry.value, resource: entry.id, type });
  }
  found.push(...(await ruleTags(cx)));
  found.sort((a, b) => a.seq - b.seq);
  let seq = -1;
  let nth = 0;
  return found.map(({ seq: at, ...tag }) => {
    nth = at === seq ? nth + 1 : 0;
    seq = at;
    return { ...tag, position: at * perResource + nth };
  });
}

/** The types of those that others still share with the account, by id. */
async function visibleOf(cx: Reading, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { account, region, reader } = cx;
  const audience = ['all', account];
  const found = new Map<string, string>();
  for (const { kind, tagged, audience: shared } of taggable) {
    const its = [...new Set(ids)].filter((id) => taggableById(id)?.kind === kind);
    if (shared === undefined || tagged === undefined || its.length === 0) continue;
    for (const { id } of await reader.heads({ kind, account, region, audience, ids: its })) found.set(id, tagged);
  }
  return found;
}

/** What the store can leave out: exact values of the filters that it knows. */
function narrow({ account, region }: Reading, filters: readonly Filter[]): EntryQuery {
  const exact = (name: string) =>
    filters.find((f) => f.name === name && !f.values.some((v) => hasWildcard(v) || v.includes('\\')))?.values;
  const keys = exact('key')?.map((key) => `tag:${key}`);
  const tagged = filters.find((f) => f.name.startsWith('tag:'));
  const names = keys ?? (tagged === undefined ? undefined : [tagged.name]);
  const ids = exact('resource-id');
  const values = exact('value');
  return {
    account,
    region,
    namePrefix: 'tag:',
    ...(names === undefined ? {} : { names }),
    ...(ids === undefined ? {} : { ids }),
    ...(values === undefined ? {} : { values }),
  };
}

async function ruleTags(cx: Reading) {
  const { account, region, reader } = cx;
  const where = [{ name: 'has-tagged-rules', values: ['true'] }];
  const items = await reader.items({ kind: group.kind, account, region, where });
  return items.flatMap((item) =>
    (
      JSON.parse(item.body) as {
        readonly rules: readonly { readonly id: string; readonly tags: Record<string, string> }[];
      }
    ).rules.flatMap((rule) =>
      Object.entries(rule.tags).map(([key, value]) => ({
        seq: item.seq,
        key,
        value,
        resource: rule.id,
        type: 'security-group-rule',
      })),
    ),
  );
}

/** A tag as EC2 shows it. */
export const viewListedTag = (tag: ListedTag): TagDescription => ({
  Key: tag.key,
  ResourceId: tag.resource,
  ResourceType: tag.type as NonNullable<TagDescription['ResourceType']>,
  Value: tag.value,
});
