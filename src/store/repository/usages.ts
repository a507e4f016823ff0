import type { Scope } from '../../ports/store.ts';
import { insertion, insertRows } from './rows.ts';
import type { Sql } from './sql.ts';

/** The counters that transactions change. */
export interface Usages {
  /** For one transaction. */
  begin(): TransactionUsages;
  /** Writes what is not written yet, just before the commit. */
  flush(sql: Sql): Promise<void>;
  /** What was known may have changed, or never have happened: another process has written, or a commit has failed. */
  forget(): void;
}

export interface TransactionUsages {
  /** A counter as this transaction sees it; 0 when never set. */
  value(sql: Sql, scope: Scope, name: string): Promise<number>;
  /** Adds to a counter; gives its new value. */
  add(sql: Sql, scope: Scope, name: string, amount: number): Promise<number>;
  /** The transaction goes into the commit. One that fails is never kept, and has changed nothing. */
  keep(): void;
}

const VALUE = 'select value from usage where account = ? and region = ? and name = ?';

const SET = insertion(
  'insert into usage (account, region, name, value)',
  '(?, ?, ?, ?)',
  'on conflict (account, region, name) do update set value = excluded.value',
);

const ADD =
  'insert into usage (account, region, name, value) values (?, ?, ?, ?)' +
  ' on conflict (account, region, name) do update set value = usage.value + excluded.value returning value';

/** The value of a counter in the database; 0 when never set. */
export async function usageIn(sql: Sql, { account, region }: Scope, name: string): Promise<number> {
  const row = await sql.one(VALUE, [account, region, name]);
  return Number(row?.[0] ?? 0);
}

/** Where other connections write at the same time: each change is written at once, behind the lock of its row. */
export function sharedUsages(): Usages {
  const transaction: TransactionUsages = {
    value: usageIn,
    async add(sql, { account, region }, name, amount) {
      const row = await sql.one(ADD, [account, region, name, amount]);
      return row?.[0] as number;
    },
    keep: () => undefined,
  };
  return { begin: () => transaction, flush: async () => undefined, forget: () => undefined };
}

/** So many counters are known; accounts are up to the clients, and memory must not grow with them. */
const most = 10_000;

/**
 * Where nobody else can write until the commit, and it is told when another has written before: each counter is read
 * once, and written once for all transactions of a commit. To write it in each would cost a launch a tenth more.
 */
export function soleUsages(): Usages {
  /** Counters as read, or as the transactions that were kept have left them. */
  const values = new Map<string, number>();
  const changed = new Set<string>();
  const forget = (): void => {
    values.clear();
    changed.clear();
  };
  return {
    begin: () => transactionUsages(values, changed),
    async flush(sql) {
      const rows = [...changed].flatMap((key) => [...key.split('\n'), values.get(key) ?? 0]);
      changed.clear();
      if (values.size > most) values.clear();
      await insertRows(sql, SET, rows);
    },
    forget,
  };
}

function transactionUsages(values: Map<string, number>, changed: Set<string>): TransactionUsages {
  const own = new Map<string, number>();
  const value = async (sql: Sql, scope: Scope, name: string): Promise<number> => {
    const key = `${scope.account}\n${scope.region}\n${name}`;
    const known = own.get(key) ?? values.get(key);
    if (known !== undefined) return known;
    const read = await usageIn(sql, scope, name);
    values.set(key, read);
    return read;
  };
  return {
    value,
    async add(sql, scope, name, amount) {
      const sum = (await value(sql, scope, name)) + amount;
      own.set(`${scope.account}\n${scope.region}\n${name}`, sum);
      return sum;
    },
    keep() {
      for (const [key, sum] of own) {
        values.set(key, sum);
        changed.add(key);
      }
    },
  };
}
