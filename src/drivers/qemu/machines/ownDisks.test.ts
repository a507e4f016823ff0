import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeOwnDisks, removeOwnDisks } from './ownDisks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-disks-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sizes = () => readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]);

it('are those of the type, sparse, empty at each start, and gone when it is off', async () => {
  const disks = await makeOwnDisks(folder, 'm1.large');
  expect(disks).toEqual(['ephemeral0', 'ephemeral1'].map((name) => ({ name, file: join(folder, `${name}.raw`) })));
  expect(sizes()).toEqual(disks.map(({ name }) => [`${name}.raw`, 420e9]));
  expect(statSync(disks[0]!.file).blocks).toBe(0);
  writeFileSync(disks[0]!.file, 'written', { flag: 'r+' });
  writeFileSync(join(folder, 'machine.json'), '{}');
  await makeOwnDisks(folder, 'm1.small');
  expect(sizes()).toEqual([
    ['ephemeral0.raw', 160e9],
    ['machine.json', 2],
  ]);
  expect(statSync(disks[0]!.file).blocks).toBe(0);
  await removeOwnDisks(folder);
  expect(sizes()).toEqual([['machine.json', 2]]);
});

it('are none of a type that has none, and of a machine that is gone', async () => {
  expect(await makeOwnDisks(join(folder, 'none'), 't2.nano')).toEqual([]);
  await removeOwnDisks(join(folder, 'none'));
  expect(sizes()).toEqual([]);
});
