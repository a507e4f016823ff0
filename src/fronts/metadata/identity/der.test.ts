import { expect, it } from 'vitest';
import { certificateTime, der, identifier, integer, sequence, tagged, text } from './der.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex');

it('writes lengths in one byte up to 127, and then in as few as they need', () => {
  expect(hex(der(4, Buffer.alloc(127))).slice(0, 4)).toBe('047f');
  expect(hex(der(4, Buffer.alloc(128))).slice(0, 6)).toBe('048180');
  expect(hex(der(4, Buffer.alloc(256))).slice(0, 8)).toBe('04820100');
});

it('writes positive integers as short as can be', () => {
  const of = (...bytes: readonly number[]) => hex(integer(Buffer.from(bytes)));
  expect([of(0), of(1), of(0, 0, 1), of(0x80), of(0x7f, 0xff)]).toEqual([
    '020100',
    '020101',
    '020101',
    '02020080',
    '02027fff',
  ]);
});

it('writes identifiers, texts, times and what is around them', () => {
  expect(hex(identifier('1.2.840.113549.1.7.2'))).toBe('06092a864886f70d010702');
  expect(hex(identifier('2.16.840.1.101.3.4.2.1'))).toBe('0609608648016503040201');
  expect(hex(identifier('2.5.4.3'))).toBe('0603550403');
  expect(hex(sequence(tagged(0, text('ü'))))).toBe('3006a0040c02c3bc');
  expect(certificateTime(new Date(Date.UTC(2049, 11, 31, 1, 2, 3))).toString('latin1', 2)).toBe('491231010203Z');
  expect(certificateTime(new Date(Date.UTC(2050, 0, 1, 1, 2, 3))).toString('latin1', 2)).toBe('20500101010203Z');
});
