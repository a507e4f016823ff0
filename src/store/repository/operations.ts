import type { Lease, OperationQueue } from '../../ports/store.ts';
import { FREE, RECORD, recordOf } from './journal.ts';
import type { Sql } from './sql.ts';

/** What a dialect gives to the queue of operations. */
export interface QueueAccess {
  /** Committed state. */
  readonly read: Sql;
  /** Runs as one transaction. */
  change<T>(body: (sql: Sql) => Promise<T>): Promise<T>;
  /** What keeps two claimers from waiting for each other: `for update skip locked`, or nothing where writers are serial. */
  readonly skipLocked: string;
}

/** No earlier operation of the same subject is unfinished. */
const FIRST_OF_SUBJECT = 'not exists (select 1 from operation p where p.subject = o.subject and p.seq < o.seq)';

const claimText = (skipLocked: string): string =>
  `with due as (select o.seq from operation o where o.due_at <= ? and o.lease_until < ? and ${FIRST_OF_SUBJECT}` +
  ` order by o.seq limit ? ${skipLocked})` +
  ' update operation set lease_owner = ?, lease_until = ?, fence = fence + 1' +
  ` where seq in (select seq from due) returning ${RECORD}`;

const RENEW = 'update operation set lease_until = ? where id in list(?) and lease_owner = ? returning id, fence';

const NEXT_DUE = `select min(o.due_at) from operation o where o.lease_until = ${FREE} and ${FIRST_OF_SUBJECT}`;

async function renewed(
  sql: Sql,
  held: readonly { readonly id: string; readonly fence: number }[],
  lease: Lease,
): Promise<readonly string[]> {
  const ids = held.map((operation) => operation.id);
  const rows = await sql.all(RENEW, [lease.until, ids, lease.owner]);
  const fences = new Map(rows.map((row) => [row[0] as string, row[1] as number]));
  return held.filter((operation) => fences.get(operation.id) === operation.fence).map((operation) => operation.id);
}

/** The queue of operations: claims and leases, each a transaction of its own. */
export function operationQueue(access: QueueAccess): OperationQueue {
  const claim = claimText(access.skipLocked);
  return {
    claim: (lease, now, limit) =>
      access.change(async (sql) => {
        const rows = await sql.all(claim, [now, now, limit, lease.owner, lease.until]);
        return rows.map(recordOf).sort((a, b) => a.seq - b.seq);
      }),
    async renew(held, lease) {
      return held.length === 0 ? [] : access.change((sql) => renewed(sql, held, lease));
    },
    async nextDue() {
      const row = await access.read.one(NEXT_DUE, []);
      const due = row?.[0];
      return due === null || due === undefined ? undefined : Number(due);
    },
    release: (owner) =>
      access.change(async (sql) => {
        const free = `update operation set lease_owner = null, lease_until = ${FREE}`;
        if (owner === undefined) await sql.run(`${free} where lease_until <> ${FREE}`, []);
        else await sql.run(`${free} where lease_owner = ?`, [owner]);
      }),
    async pending() {
      const row = await access.read.one('select count(*) from operation', []);
      return Number(row?.[0]);
    },
    async of(subject) {
      const rows = await access.read.all('select name from operation where subject = ? order by seq', [subject]);
      return rows.map((row) => row[0] as string);
    },
    async unfinished(ids) {
      if (ids.length === 0) return [];
      const rows = await access.read.all('select id from operation where id in list(?) order by seq', [ids]);
      return rows.map((row) => row[0] as string);
    },
  };
}
