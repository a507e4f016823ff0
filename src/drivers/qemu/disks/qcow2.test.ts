import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readQcow2 } from './qcow2.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-qcow2-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A header as QEMU writes one, of 5 GiB. */
function header(
  more: { version?: number; backing?: string; crypt?: number; features?: bigint; cut?: number } = {},
): string {
  const bytes = Buffer.alloc(4096);
  bytes.write('QFI\xfb', 'latin1');
  bytes.writeUInt32BE(more.version ?? 3, 4);
  bytes.writeBigUInt64BE(5n * 2n ** 30n, 24);
  bytes.writeUInt32BE(more.crypt ?? 0, 32);
  bytes.writeBigUInt64BE(more.features ?? 0n, 72);
  if (more.backing !== undefined) {
    bytes.writeBigUInt64BE(512n, 8);
    bytes.writeUInt32BE(Buffer.byteLength(more.backing), 16);
    bytes.write(more.backing, 512);
  }
  const path = join(folder, 'a');
  writeFileSync(path, bytes.subarray(0, more.cut ?? 4096));
  return path;
}

describe('the header of a qcow2', () => {
  const plain = { version: 3, virtualBytes: 5 * 2 ** 30, externalData: false, encrypted: false, corrupt: false };

  it.each([
    ['alone', {}, {}],
    ['on another file', { backing: '/a/é.qcow2' }, { backing: '/a/é.qcow2' }],
    ['encrypted', { crypt: 2 }, { encrypted: true }],
    ['with its content elsewhere', { features: 4n }, { externalData: true }],
    ['marked as corrupt', { features: 2n }, { corrupt: true }],
    ['of version 2, which has no features', { version: 2, features: 6n }, { version: 2 }],
  ])('%s', async (_, more, seen) => expect(await readQcow2(header(more))).toEqual({ ...plain, ...seen }));

  it('of something else is none', async () => {
    expect(await readQcow2(header({ cut: 60 }))).toBeUndefined();
  });

  it('whose name is cut off is refused', async () => {
    const cut = header({ backing: '/a/b.qcow2', cut: 515 });
    await expect(readQcow2(cut)).rejects.toMatchObject({ trouble: 'invalid' });
  });
});
