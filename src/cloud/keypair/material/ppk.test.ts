import { createPrivateKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { ed25519, rsa1024Private } from './knownKeys.ts';
import { ppk } from './ppk.ts';

it('writes an RSA key byte for byte as puttygen does', () => {
  expect(ppk(createPrivateKey(rsa1024Private.pkcs8), 'throwaway rsa')).toBe(rsa1024Private.ppk);
});

it('writes an ED25519 key byte for byte as puttygen does', () => {
  const file = Buffer.from(ed25519.openssh.trim().split('\n').slice(1, -1).join(''), 'base64');
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), file.subarray(161, 193)]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  expect(ppk(key, 'throwaway ed')).toBe(ed25519.ppk);
});
