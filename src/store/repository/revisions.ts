import type { Scope } from '../../ports/store.ts';
import { insertion, insertRows } from './rows.ts';
import type { Sql } from './sql.ts';

/** The account under which changes of every account of a region are counted. */
export const EVERY_ACCOUNT = '*';

const BUMP = insertion(
  'insert into revision (account, region, kind, value)',
  '(?, ?, ?, ?)',
  'on conflict (account, region, kind) do update set value = revision.value + excluded.value',
);

/** The kinds that the transactions of one commit have touched; each is counted once a transaction, just before it. */
export interface Revisions {
  /** For one transaction. */
  begin(): TransactionRevisions;
  /** Counts them, and gives what it counts. Always in the same order, so that two commits never wait for each other. */
  flush(sql: Sql): Promise<readonly Touched[]>;
  /** The commit has failed: what was kept for it is not counted. */
  forget(): void;
}

/** A kind of a scope that a commit has touched. */
export interface Touched extends Scope {
  readonly kind: string;
}

export interface TransactionRevisions {
  touch(scope: Scope, kind: string): void;
  /** How often these kinds of the scope were touched, by this transaction and those kept, but are not counted yet. */
  pending(scope: Scope, kinds: readonly string[]): number;
  /** The transaction goes into the commit. */
  keep(): void;
}

const keyOf = (account: string, region: string, kind: string): string => `${account}\n${region}\n${kind}`;

function transactionRevisions(kept: Map<string, number>): TransactionRevisions {
  const touched = new Set<string>();
  const uncounted = (key: string): number => (kept.get(key) ?? 0) + (touched.has(key) ? 1 : 0);
  return {
    touch(scope, kind) {
      touched.add(keyOf(scope.account, scope.region, kind));
      touched.add(keyOf(EVERY_ACCOUNT, scope.region, kind));
    },
    pending(scope, kinds) {
      let sum = 0;
      for (const kind of new Set(kinds)) sum += uncounted(keyOf(scope.account, scope.region, kind));
      return sum;
    },
    keep() {
      for (const key of touched) kept.set(key, (kept.get(key) ?? 0) + 1);
    },
  };
}

export function revisions(): Revisions {
  const kept = new Map<string, number>();
  return {
    begin: () => transactionRevisions(kept),
    async flush(sql) {
      if (kept.size === 0) return [];
      const counts = [...kept].sort(byKey).map(([key, count]) => {
        const [account = '', region = '', kind = ''] = key.split('\n');
        return { account, region, kind, count };
      });
      kept.clear();
      const rows = counts.flatMap(({ account, region, kind, count }) => [account, region, kind, count]);
      await insertRows(sql, BUMP, rows);
      return counts;
    },
    forget: () => kept.clear(),
  };
}

const byKey = ([one]: [string, number], [other]: [string, number]): number => (one < other ? -1 : 1);
