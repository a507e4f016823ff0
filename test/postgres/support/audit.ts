import type { TestDatabase } from './database.ts';

/** One change of an operation, as the database saw it. Times are epoch milliseconds. */
export interface Change {
  readonly n: string;
  readonly at: number;
  readonly id: string;
  readonly what: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly fence_before: number | null;
  readonly fence: number | null;
  readonly owner_before: string | null;
  readonly owner: string | null;
  readonly until_before: number | null;
}

const statements = [
  `create table audit (n bigserial, at double precision, id text, what text, fence_before float8, fence float8,
    owner_before text, owner text, until_before float8)`,
  `create function audit() returns trigger language plpgsql as $$ begin
    insert into audit (at, id, what, fence_before, fence, owner_before, owner, until_before) values (
      extract(epoch from clock_timestamp()) * 1000, case when tg_op = 'DELETE' then old.id else new.id end, tg_op,
      case when tg_op <> 'INSERT' then old.fence end, case when tg_op <> 'DELETE' then new.fence end,
      case when tg_op <> 'INSERT' then old.lease_owner end, case when tg_op <> 'DELETE' then new.lease_owner end,
      case when tg_op <> 'INSERT' then old.lease_until end);
    return null; end $$`,
  'create trigger audit after insert or update or delete on operation for each row execute function audit()',
];

/** Has the database write down every change of an operation from now on. */
export async function auditOperations(database: TestDatabase): Promise<void> {
  for (const statement of statements) await database.rows(statement);
}

export const changesOf = (database: TestDatabase): Promise<readonly Change[]> =>
  database.rows<Change & Record<string, unknown>>('select * from audit order by n');

/** The time by which the clocks of a server and of the database may differ here, where both are one computer's. */
const slackMs = 50;

/**
 * What breaks the rule that one process at a time runs an operation: a claim of what somebody still holds, a fence
 * that does not grow with it, an end that comes twice or never.
 */
export function faultsIn(changes: readonly Change[]): readonly string[] {
  const faults: string[] = [];
  const ends = new Map<string, number>();
  for (const change of changes) {
    if (change.what === 'INSERT') ends.set(change.id, 0);
    else if (change.what === 'DELETE') ends.set(change.id, (ends.get(change.id) ?? 0) + 1);
    else if (change.fence! > change.fence_before!) {
      const held = change.owner_before !== null && change.until_before! > change.at + slackMs;
      if (held) faults.push(`${change.id} was claimed by ${change.owner} while ${change.owner_before} held it`);
    } else if (change.owner !== null && change.owner !== change.owner_before) {
      faults.push(`${change.id} went from ${change.owner_before} to ${change.owner} without a claim`);
    }
  }
  for (const [id, count] of ends) if (count !== 1) faults.push(`${id} ended ${count} times`);
  return faults;
}

/** Claims of what another process had held and not given back. */
export const takeovers = (changes: readonly Change[]): readonly Change[] =>
  changes.filter((c) => c.what === 'UPDATE' && c.fence! > c.fence_before! && c.owner_before !== null);
