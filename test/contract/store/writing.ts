/** A process that writes until it is killed: `writing FILE FIRST` says the number of each write that is durable. */
import { writeSync } from 'node:fs';
import { openSqlite } from '../../../src/store/sqlite/open.ts';
import { HOME, newItem, newOperation } from './place.ts';

const [, , file = '', first = '0'] = process.argv;
const store = await openSqlite({ file });
let next = Number(first);

async function writeOne(): Promise<void> {
  const number = next++;
  const id = `vol-${number}`;
  await store.write(HOME, async (writer) => {
    await writer.insert([newItem(id, [['state', 'creating']])]);
    await writer.startOperations([newOperation(`op-${number}`, id)], { owner: 'child', until: 1 });
    await writer.addUsage(HOME, 'volume', 1);
  });
  writeSync(1, `${number}\n`);
}

async function writeOn(): Promise<never> {
  for (;;) await writeOne();
}

await Promise.all(Array.from({ length: 8 }, writeOn));
