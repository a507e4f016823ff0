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
  /** The numbers of terms that are remembered, by their names. */
  of(owned: Owned): { get(name: string): number | undefined };
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

type Numbers = Map<string, number>;

const keyOf = ({ account, region, kind }: Owned): string => `${account}\n${region}\n${kind}`;

function numbersOf(terms: Map<string, Numbers>, key: string): Numbers {
  let numbers = terms.get(key);
  if (numbers === undefined) {
    numbers = new Map();
    terms.set(key, numbers);
  }
  return numbers;
}

export function terms(): Terms {
  const committed = new Map<string, Numbers>();
  let size = 0;
  return {
    begin() {
      const added = new Map<string, Numbers>();
      return {
        of(owned) {
          const key = keyOf(owned);
          const kept = committed.get(key);
          return { get: (name) => kept?.get(name) ?? added.get(key)?.get(name) };
        },
        async make(sql, owned, name) {
          const number = await findOrMake(sql, [owned.account, owned.region, name, owned.kind]);
          numbersOf(added, keyOf(owned)).set(name, number);
          return number;
        },
        keep() {
          for (const [key, numbers] of added) {
            const kept = numbersOf(committed, key);
            for (const [name, number] of numbers) kept.set(name, number);
            size += numbers.size;
          }
          if (size <= MOST) return;
          committed.clear();
          size = 0;
        },
      };
    },
  };
}
