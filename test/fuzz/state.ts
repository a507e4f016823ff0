import { createHash } from 'node:crypto';
import Database from 'libsql';

/** All that a SQLite store holds, every table and every row, as one hash. Takes a connection of its own. */
export function stateOf(file: string): string {
  const database = new Database(file);
  const hash = createHash('sha256');
  const tables = database.prepare("select name from sqlite_schema where type = 'table' order by name").all() as {
    name: string;
  }[];
  for (const { name } of tables) {
    // What is numbered for look-ups only (terms) may grow by reads that end in a refusal; it says nothing.
    const rows = database.prepare(`select * from "${name}"`).raw(true).all();
    hash.update(`${name} ${JSON.stringify(rows)}\n`);
  }
  database.close();
  return hash.digest('hex');
}
