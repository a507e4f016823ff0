import { expect, it } from 'vitest';
import { bootRecord } from './partition.ts';

it('a boot record has code, one active Linux partition from sector 2048, and its mark', () => {
  const record = bootRecord(Buffer.alloc(512, 0xee), 0x01020304, 0x001ff000);
  expect(record).toHaveLength(512);
  expect(record.subarray(0, 440).every((byte) => byte === 0xee)).toBe(true);
  expect(record.subarray(440, 446).toString('hex')).toBe('040302010000');
  expect(record.subarray(446, 462).toString('hex')).toBe('80feffff83feffff0008000000f01f00');
  expect(record.subarray(462, 510).every((byte) => byte === 0)).toBe(true);
  expect(record.subarray(510).toString('hex')).toBe('55aa');
});
