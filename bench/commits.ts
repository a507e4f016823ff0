/**
 * What a durable commit costs on this disk: SQLite alone, in a process of its own, one small row in each commit, flushed
 * to disk before the next (`commits.js FILE`). Answers `{ ms }` with commits a second.
 */
import Database from 'libsql';

const [file = ''] = process.argv.slice(2);
const database = new Database(file);
database.exec(
  'pragma journal_mode = wal; pragma synchronous = full; create table thing (id integer primary key, body text not null)',
);
const insert = database.prepare('insert into thing (body) values (?)');
const body = 'x'.repeat(100);

process.on('message', ({ ms }: { readonly ms: number }) => {
  const began = performance.now();
  let count = 0;
  while (performance.now() - began < ms) {
    insert.run(body);
    count += 1;
  }
  process.send?.({ rate: (count * 1000) / (performance.now() - began) });
});
process.on('disconnect', () => process.exit());
