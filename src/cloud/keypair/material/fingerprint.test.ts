import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createdFingerprint, importedFingerprint } from './fingerprint.ts';
import { KeyFormatError } from './keyFormatError.ts';
import { rsa1024, rsa1024Private } from './knownKeys.ts';

describe('fingerprints', () => {
  const privateKey = createPrivateKey(rsa1024Private.pkcs8);

  it('of one RSA key differ between created and imported', () => {
    expect(createdFingerprint(privateKey)).toBe(rsa1024Private.sha1);
    expect(importedFingerprint(createPublicKey(privateKey))).toBe(rsa1024.md5);
  });

  it('of one ED25519 key are the same', () => {
    const pair = generateKeyPairSync('ed25519');
    expect(createdFingerprint(pair.privateKey)).toBe(importedFingerprint(pair.publicKey));
  });

  it('exist for no other algorithm', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => createdFingerprint(pair.privateKey)).toThrow(KeyFormatError);
    expect(() => importedFingerprint(pair.publicKey)).toThrow(KeyFormatError);
  });
});
