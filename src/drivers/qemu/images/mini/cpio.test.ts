import { expect, it } from 'vitest';
import { writeCpio } from './cpio.ts';

it('a ramdisk has its files and folders, each where four bytes begin', () => {
  const archive = writeCpio([{ name: 'bin' }, { name: 'bin/sh', mode: 0o755, data: 'hello' }]);
  expect(archive.length % 4).toBe(0);
  const heads = [...archive.toString('latin1').matchAll(/070701/g)].map(({ index }) => index);
  expect(heads.map((at) => at % 4)).toEqual([0, 0, 0]);
  const field = (record: number, n: number) =>
    Number.parseInt(archive.toString('latin1', heads[record]! + 6 + n * 8, heads[record]! + 14 + n * 8), 16);
  expect([field(0, 1), field(1, 1)]).toEqual([0o040755, 0o100755]);
  expect([field(1, 6), field(1, 11)]).toEqual([5, 'bin/sh'.length + 1]);
  expect(archive.toString('latin1')).toMatch(/bin\/sh\0+hello\0/);
  expect(archive.toString('latin1')).toContain('TRAILER!!!');
});
