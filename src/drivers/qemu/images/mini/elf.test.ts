import { describe, expect, it } from 'vitest';
import { readNeeds } from './elf.ts';

/** A program with a segment that is loaded elsewhere than it lies in the file, as those of a linker are. */
function program(): Buffer {
  const file = Buffer.alloc(1024);
  file.write('\x7fELF\x02\x01', 'latin1');
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(3, 56);
  const segments = [
    [1, 512, 0x4200, 512],
    [2, 512, 0x4200, 64],
    [3, 600, 0x4258, 16],
  ] as const;
  for (const [n, [kind, offset, address, bytes]] of segments.entries()) {
    file.writeUInt32LE(kind, 64 + n * 56);
    for (const [at, number] of Object.entries({ 8: offset, 16: address, 32: bytes }))
      file.writeBigUInt64LE(BigInt(number), 64 + n * 56 + Number(at));
  }
  const entries = [
    [1, 1],
    [5, 0x4300],
    [1, 11],
    [0, 0],
  ] as const;
  for (const [n, pair] of entries.entries())
    for (const [half, number] of pair.entries()) file.writeBigUInt64LE(BigInt(number), 512 + n * 16 + half * 8);
  file.write('/lib64/ld.so\0', 600);
  file.write('\0libz.so.1\0libc.so.6\0', 768);
  return file;
}

describe('what a program needs', () => {
  it('is read from it', () => {
    expect(readNeeds(program())).toEqual({ interpreter: '/lib64/ld.so', libraries: ['libz.so.1', 'libc.so.6'] });
  });
  it('is nothing where there is none', () => {
    expect(readNeeds(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
    expect(readNeeds(program().fill(1, 5, 6).fill(2, 5, 6))).toBeUndefined();
  });
});
