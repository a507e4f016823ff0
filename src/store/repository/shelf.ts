import type { Shelf } from '../../ports/store.ts';
import { type Sql, startsWith, type Value } from './sql.ts';

/** What a dialect gives to a shelf: a connection for reads, and one transaction per statement that changes it. */
export interface ShelfAccess {
  readonly read: Sql;
  run(text: string, params: readonly Value[]): Promise<number>;
}

const PUT =
  'insert into shelf (name, key, value) values (?, ?, ?) on conflict (name, key) do update set value = excluded.value';

/** One shelf of the store's key-value table. */
export function shelf(access: ShelfAccess, name: string): Shelf {
  return {
    async get(key) {
      const row = await access.read.one('select value from shelf where name = ? and key = ?', [name, key]);
      return row?.[0] as string | undefined;
    },
    async put(key, value) {
      await access.run(PUT, [name, key, value]);
    },
    async delete(key) {
      await access.run('delete from shelf where name = ? and key = ?', [name, key]);
    },
    async list(prefix) {
      const keys = startsWith('key', prefix);
      const text = `select key, value from shelf where name = ? and ${keys.text} order by key`;
      const rows = await access.read.all(text, [name, ...keys.params]);
      return rows.map((row) => [row[0] as string, row[1] as string] as const);
    },
  };
}
