import { createPrivateKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { ed25519 } from './knownKeys.ts';
import { opensshPrivateKey } from './opensshPrivateKey.ts';

/** Where the random check number stands, twice four bytes: after the headers and the public key, whose lengths are fixed. */
const check = 98;

const bytesOf = (text: string) => Buffer.from(text.trim().split('\n').slice(1, -1).join(''), 'base64');
const withoutCheck = (text: string) =>
  bytesOf(text)
    .fill(0, check, check + 8)
    .toString('hex');

it('writes what ssh-keygen writes, but for the random check number', () => {
  const seed = bytesOf(ed25519.openssh).subarray(161, 193).toString('base64url');
  const x = bytesOf(ed25519.openssh).subarray(193, 225).toString('base64url');
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: seed, x }, format: 'jwk' });
  const text = opensshPrivateKey(key, 'ed vector');
  expect(withoutCheck(text)).toBe(withoutCheck(ed25519.openssh));
  expect(text.split('\n').map((line) => line.length)).toEqual(ed25519.openssh.split('\n').map((line) => line.length));
  const file = bytesOf(text);
  expect(file.subarray(check, check + 4)).toEqual(file.subarray(check + 4, check + 8));
});

it.each(['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefgh'])(
  'pads behind the comment "%s"',
  (comment) => {
    const seed = Buffer.alloc(32, 7).toString('base64url');
    const pkcs8 = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from(seed, 'base64url'),
    ]);
    const file = bytesOf(opensshPrivateKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }), comment));
    const privatePart = file.subarray(check);
    expect(file.readUInt32BE(check - 4)).toBe(privatePart.length);
    expect(privatePart.length % 8).toBe(0);
    const padding = privatePart.subarray(131 + comment.length);
    expect([...padding]).toEqual([1, 2, 3, 4, 5, 6, 7].slice(0, padding.length));
    expect(padding.length).toBeLessThan(8);
  },
);
