import type { Scope } from '../../ports/store.ts';
import type { Sql } from './sql.ts';

/**
 * A term is what the entries of one owner, kind and name have in common; entries carry its number instead of its words,
 * which makes them a third as large and twice as fast to write. Terms are never removed, so a number, once committed,
 * may be remembered.
 */
export interface Terms {
  /** The terms of one transaction: what it adds is remembered for others only once it is committed. */
  begin(): TransactionTerms;
}

type Owned = Scope & { readonly kind: string };

export interface TransactionTerms {
  /** The number of a term, if it is remembered. */
  known(owned: Owned, name: string): number | undefined;
  /** The number of a term, made if there is none. */
  make(sql: Sql, owned: Owned, name: string): Promise<number>;
  /** To be called when the transaction is committed. */
  keep(): void;
}

/** So many are remembered; names of tags are up to the clients, and memory must not grow with them. */
const MOST = 50_000;

const FIND = 'select seq from term where account = ? and region = ? and name = ? and kind = ?';

/** Another process may have made it in the meantime: then this gives its number, too. */
const MAKE =
  'insert into term (account, region, name, kind) values (?, ?, ?, ?)' +
  ' on conflict (account, region, name, kind) do update set name = excluded.name returning seq';

async function findOrMake(sql: Sql, words: readonly string[]): Promise<number> {
  const row = (await sql.one(FIND, words)) ?? (await sql.one(MAKE, words));
  return row?.[0] as number;
}

const keyOf = ({ account, region, kind }: Owned, name: string): string => `${account}\n${region}\n${kind}\n${name}`;

export function terms(): Terms {
  const committed = new Map<string, number>();
  return {
    begin() {
      const added = new Map<string, number>();
      return {
        known(owned, name) {
          const key = keyOf(owned, name);
          return committed.get(key) ?? added.get(key);
        },
        async make(sql, owned, name) {
          const number = await findOrMake(sql, [owned.account, owned.region, name, owned.kind]);
          added.set(keyOf(owned, name), number);
          return number;
        },
        keep() {
          if (committed.size + added.size > MOST) committed.clear();
          for (const [key, number] of added) committed.set(key, number);
        },
      };
    },
  };
}
