import { crc32, inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { pngOf } from './picture.ts';

const ppm = (head: string, ...pixels: readonly number[]) => Buffer.concat([Buffer.from(head), Buffer.from(pixels)]);

/** The parts of a PNG, each with a checksum that is right. */
function partsOf(png: Uint8Array): ReadonlyMap<string, Buffer> {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const parts = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const named = bytes.subarray(at + 4, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(named));
    parts.set(named.toString('latin1', 0, 4), named.subarray(4));
    at += 12 + length;
  }
  return parts;
}

it('a picture has its size and every pixel', async () => {
  const parts = partsOf(await pngOf(ppm('P6\n2 3\n255\n', ...Array.from({ length: 18 }, (_, n) => n))));
  expect([...parts.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
  expect(parts.get('IHDR')).toEqual(Buffer.from([0, 0, 0, 2, 0, 0, 0, 3, 8, 2, 0, 0, 0]));
  expect([...inflateSync(parts.get('IDAT')!)]).toEqual([
    ...[0, 0, 1, 2, 3, 4, 5],
    ...[0, 6, 7, 8, 9, 10, 11],
    ...[0, 12, 13, 14, 15, 16, 17],
  ]);
});

it.each([
  ['nothing', ppm('')],
  ['another kind', ppm('P3\n1 1\n255\n', 0, 0, 0)],
  ['another depth', ppm('P6\n1 1\n65535\n', 0, 0, 0, 0, 0, 0)],
  ['no size', ppm('P6\n0 1\n255\n')],
  ['too little', ppm('P6\n2 1\n255\n', 0, 0, 0, 1)],
  ['too much', ppm('P6\n1 1\n255\n', 0, 0, 0, 1)],
  ['a size that cannot be', ppm('P6\n999999999 1\n255\n', 0)],
])('%s is refused', async (_, bytes) => {
  await expect(pngOf(bytes)).rejects.toThrow(/^the picture /);
});
