import { fail } from '../../kernel/errors.ts';
import type { Resource, Row } from '../../kernel/resource.ts';
import type { RequestUser } from '../../ports/identity.ts';
import type { ItemQuery, Reader, Scope } from '../../ports/store.ts';
import { keptItems, readItems, type SeenItem } from './standing.ts';
import type { Region, World } from './world.ts';

/** Look-ups by index: for each name, a value or several of which one must match. */
export type Where = Readonly<Record<string, string | readonly string[]>>;

/** Look-ups of an account's things in one region. */
export interface LookUps {
  /** The account's own row of that id, or undefined. */
  find<R extends Row>(resource: Resource<R>, id: string): Promise<R | undefined>;
  /** The account's own row of that id; refuses malformed and unknown ids with the resource's codes. */
  need<R extends Row>(resource: Resource<R>, id: string): Promise<R>;
  /** Rows in the order of `ids`; refuses as `need`, naming all that are unknown. */
  needAll<R extends Row>(resource: Resource<R>, ids: readonly string[]): Promise<readonly R[]>;
  /** As `need`, but also what others share with the account or with everyone. */
  needVisible<R extends Row>(resource: Resource<R>, id: string): Promise<R>;
  /** The account's rows found by index, in order of creation. */
  where<R extends Row>(resource: Resource<R>, where: Where, limit?: number): Promise<readonly R[]>;
}

/** What an action may see of the world: its account's things in one region. */
export interface Reading extends LookUps {
  readonly world: World;
  readonly account: string;
  readonly region: string;
  /** The cloud behind the region and its facts. */
  readonly here: Region;
  readonly now: number;
  /** The store itself, for what the rest does not cover. */
  readonly reader: Reader;
  /** Look-ups of what hardly ever changes: as those above, from memory while nothing of the kind has changed. */
  readonly standing: LookUps;
  count<R extends Row>(resource: Resource<R>, where: Where): Promise<number>;
  /** A counter of the account in the region; 0 when never set. */
  counter(name: string): Promise<number>;
  /** Who asks, where the cloud knows: in what is asked before a transaction, and in actions that only read. */
  readonly user?: RequestUser;
}

/** Refuses ids that are not `prefix-` and 8 or 17 lower-case hexadecimal digits (EC2's short and long formats). */
export function checkId<R extends Row>(resource: Resource<R>, id: string): void {
  const is = (prefix: string) =>
    id.startsWith(`${prefix}-`) && /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(id.slice(prefix.length + 1));
  if (!is(resource.prefix) && !resource.otherPrefixes?.some(is)) {
    fail(resource.codes.malformed, `Invalid id: "${id}" (expecting "${resource.prefix}-...")`);
  }
}

/** Refuses ids that do not exist, in EC2's sentence. */
export function notFound<R extends Row>(resource: Resource<R>, ids: readonly string[]): never {
  const { missing, noun, absent } = resource.codes;
  if (absent !== undefined) return fail(missing, absent(ids));
  const sentence =
    ids.length === 1 ? `The ${noun} ID '${ids[0]}' does not exist` : `The ${noun} IDs '${ids.join(', ')}' do not exist`;
  return fail(missing, sentence);
}

export const conditions = (where: Where) =>
  Object.entries(where).map(([name, value]) => ({ name, values: typeof value === 'string' ? [value] : value }));

/** Look-ups by what `ask` finds. */
function lookUps(scope: Scope, ask: (query: ItemQuery) => Promise<readonly Row[]>): LookUps {
  const { account, region } = scope;
  const byId = async <R extends Row>({ kind }: Resource<R>, ids: readonly string[], shared: boolean) =>
    (await ask({ kind, region, account, ids, ...(shared && { audience: ['all', account] }) })) as readonly R[];
  const needAll = async <R extends Row>(resource: Resource<R>, ids: readonly string[], shared: boolean) => {
    for (const id of ids) checkId(resource, id);
    const rows = await byId(resource, ids, shared);
    if (ids.length === 1) return rows.length === 0 ? notFound(resource, ids) : rows;
    const found = new Map(rows.map((row) => [row.id, row]));
    const unknown = ids.filter((id) => !found.has(id));
    if (unknown.length > 0) notFound(resource, unknown);
    return ids.map((id) => found.get(id) as R);
  };
  return {
    find: async (resource, id) => (await byId(resource, [id], false))[0],
    need: async (resource, id) => (await needAll(resource, [id], false))[0]!,
    needAll: (resource, ids) => needAll(resource, ids, false),
    needVisible: async (resource, id) => (await needAll(resource, [id], true))[0]!,
    where: async <R extends Row>({ kind }: Resource<R>, where: Where, limit?: number) => {
      const query = { kind, region, account, where: conditions(where) };
      return (await ask(limit === undefined ? query : { ...query, limit })) as readonly R[];
    },
  };
}

/** Builds a reading of `scope` on `reader`. `seen` is told every item read, so that a writing can change it. */
export function reading(
  world: World,
  scope: Scope,
  reader: Reader,
  seen: (item: SeenItem) => void = () => undefined,
): Reading {
  const { account, region } = scope;
  const here = world.regions.get(region) ?? fail('InvalidRegion', `The region ${region} is not offered`);
  const told = (items: readonly SeenItem[]): readonly Row[] =>
    items.map((item) => {
      seen(item);
      return item.row;
    });
  const own = lookUps(scope, async (query) => told(await readItems(reader, query)));
  const standing = lookUps(scope, async (query) => told(await keptItems(world.store, reader, query)));
  return Object.assign(own, {
    world,
    account,
    region,
    here,
    reader,
    now: world.clock.now(),
    standing,
    count: <R extends Row>({ kind }: Resource<R>, where: Where) =>
      reader.count({ kind, region, account, where: conditions(where) }),
    counter: (name: string) => reader.usage(scope, name),
  });
}
