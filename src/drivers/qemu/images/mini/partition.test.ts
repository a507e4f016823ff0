import { expect, it } from 'vitest';
import { bootRecord, firstSector } from './partition.ts';

it('a boot record has the code, the signature, the partitions in their order, and the mark of all boot records', () => {
  const record = bootRecord(Buffer.alloc(512, 0x90), 0x12345678, [
    { kind: 'linux', first: 18_432, sectors: 100_000 },
    { kind: 'efi', first: firstSector, sectors: 16_384 },
  ]);
  expect(record).toHaveLength(512);
  expect(record.subarray(0, 440).every((byte) => byte === 0x90)).toBe(true);
  expect(record.readUInt32LE(440)).toBe(0x12345678);
  const entry = (at: number) => [record[at], record[at + 4], record.readUInt32LE(at + 8), record.readUInt32LE(at + 12)];
  expect(entry(446)).toEqual([0x80, 0x83, 18_432, 100_000]);
  expect(entry(462)).toEqual([0, 0xef, 2048, 16_384]);
  expect(record.subarray(478, 510).every((byte) => byte === 0)).toBe(true);
  expect(record.readUInt16LE(510)).toBe(0xaa55);
});
