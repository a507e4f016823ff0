import type { Scope } from '../../ports/store.ts';
import { insertion, insertRows } from './rows.ts';
import type { Sql } from './sql.ts';

/** The account under which changes of every account of a region are counted. */
export const EVERY_ACCOUNT = '*';

const BUMP = insertion(
  'insert into revision (account, region, kind, value)',
  '(?, ?, ?, 1)',
  'on conflict (account, region, kind) do update set value = revision.value + 1',
);

/** The kinds that one transaction has touched; each is counted once, at its end. */
export interface Revisions {
  touch(scope: Scope, kind: string): void;
  /** How many of these kinds of the scope are touched but not yet counted. */
  pending(scope: Scope, kinds: readonly string[]): number;
  /** Counts them. Always in the same order, so that two transactions never wait for each other. */
  flush(sql: Sql): Promise<void>;
}

const keyOf = (account: string, region: string, kind: string): string => `${account}\n${region}\n${kind}`;

export function revisions(): Revisions {
  const touched = new Set<string>();
  return {
    touch(scope, kind) {
      touched.add(keyOf(scope.account, scope.region, kind));
      touched.add(keyOf(EVERY_ACCOUNT, scope.region, kind));
    },
    pending: (scope, kinds) =>
      [...new Set(kinds)].filter((kind) => touched.has(keyOf(scope.account, scope.region, kind))).length,
    async flush(sql) {
      if (touched.size === 0) return;
      const rows = [...touched].sort().flatMap((key) => key.split('\n'));
      await insertRows(sql, BUMP, rows);
    },
  };
}
