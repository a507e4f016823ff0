import type { Lease, NewOperation, OperationRecord, OperationSave } from '../../ports/store.ts';
import { insertion, insertNumbered } from './rows.ts';
import type { Row, Sql } from './sql.ts';

/** The columns of an operation's record, in the order of `recordOf`. */
export const RECORD = 'seq, id, account, region, name, subject, input, journal, fence, due_at, attempts, created_at';

/** `lease_until` of an operation that nobody has leased. */
export const FREE = 0;

const INSERT = insertion(
  'insert into operation (id, account, region, name, subject, input, journal, fence, due_at, attempts,' +
    ' lease_owner, lease_until, created_at)',
  "(?, ?, ?, ?, ?, ?, '', ?, ?, 0, ?, ?, ?)",
  '',
);

const BUSY_ONE = 'select distinct subject from operation where subject = ?';
const BUSY_MANY = 'select distinct subject from operation where subject in list(?)';

const SAVE =
  'update operation set journal = ?, due_at = ?, attempts = ?, lease_owner = ?, lease_until = ? where id = ? and fence = ?';

export function recordOf(row: Row): OperationRecord {
  const [seq, id, account, region, name, subject, input, journal, fence, dueAt, attempts, createdAt] = row;
  const record = { seq, id, account, region, name, subject, input, journal, fence, dueAt, attempts, createdAt };
  return record as unknown as OperationRecord;
}

/** The subjects among these that have unfinished operations. */
async function busySubjects(sql: Sql, subjects: readonly string[]): Promise<Set<string>> {
  if (subjects.length === 0) return new Set();
  if (subjects.length === 1) return new Set((await sql.one(BUSY_ONE, subjects)) === undefined ? [] : subjects);
  const rows = await sql.all(BUSY_MANY, [subjects]);
  return new Set(rows.map((row) => row[0] as string));
}

/** Inserts operations. The first of a subject that has none is leased at once, with fence 1; others wait, unleased. */
export async function startOperations(
  sql: Sql,
  operations: readonly NewOperation[],
  lease: Lease,
): Promise<readonly OperationRecord[]> {
  if (operations.length === 0) return [];
  const known = operations.filter(({ subjectIsNew }) => !subjectIsNew).map(({ subject }) => subject);
  const busy = await busySubjects(sql, known);
  const started = operations.map((operation) => {
    const leased = !busy.has(operation.subject);
    busy.add(operation.subject);
    return { operation, leased };
  });
  const seqs = await insertNumbered(
    sql,
    INSERT,
    started.flatMap(({ operation: o, leased }) => {
      const held = leased ? [lease.owner, lease.until] : [null, FREE];
      return [o.id, o.account, o.region, o.name, o.subject, o.input, leased ? 1 : 0, o.createdAt, ...held, o.createdAt];
    }),
  );
  const records: OperationRecord[] = [];
  for (const [at, { operation, leased }] of started.entries()) {
    const fresh = { seq: seqs[at] as number, journal: '', fence: 1, dueAt: operation.createdAt, attempts: 0 };
    if (leased) records.push(Object.assign({}, operation, fresh));
  }
  return records;
}

/** Journals an operation, if its fence has not been raised by another claim. */
export async function saveOperation(sql: Sql, save: OperationSave): Promise<boolean> {
  const { journal, dueAt, attempts, lease, id, fence } = save;
  const held = lease === undefined ? [null, FREE] : [lease.owner, lease.until];
  return (await sql.run(SAVE, [journal, dueAt, attempts, ...held, id, fence])) === 1;
}

/** Forgets an operation, if its fence has not been raised by another claim. */
export async function endOperation(sql: Sql, id: string, fence: number): Promise<boolean> {
  return (await sql.run('delete from operation where id = ? and fence = ?', [id, fence])) === 1;
}
