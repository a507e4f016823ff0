import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyMaterial } from './createKeyMaterial.ts';
import { readPublicKey } from './readPublicKey.ts';

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

describe('createKeyMaterial', () => {
  it('makes an RSA key of 2048 bits as PKCS#1, its fingerprint the SHA-1 of the PKCS#8 form', async () => {
    const made = await createKeyMaterial('rsa', 'pem', 'web server');
    expect(made.privateText).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n[\s\S]+\n-----END RSA PRIVATE KEY-----\n$/);
    const key = createPrivateKey(made.privateText);
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(made.fingerprint).toMatch(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
    expect(made.fingerprint.replaceAll(':', '')).toBe(sha1(key.export({ type: 'pkcs8', format: 'der' })));
    const spki = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
    expect(made.publicKey).toBe(`${readPublicKey(Buffer.from(spki)).publicKey} web server`);
  });

  it('makes an ED25519 key in the format of OpenSSH, with the fingerprint that importing it would give', async () => {
    const made = await createKeyMaterial('ed25519', 'pem', 'box');
    expect(made.privateText).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    expect(made.publicKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\S{43} box$/);
    expect(made.fingerprint).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(made.fingerprint).toBe(readPublicKey(Buffer.from(made.publicKey)).fingerprint);
  });

  it.each([
    ['rsa', 'ssh-rsa'],
    ['ed25519', 'ssh-ed25519'],
  ] as const)('writes %s for PuTTY around the same public key', async (type, algorithm) => {
    const made = await createKeyMaterial(type, 'ppk', 'box');
    const lines = made.privateText.split('\n');
    expect(lines.slice(0, 3)).toEqual([`PuTTY-User-Key-File-2: ${algorithm}`, 'Encryption: none', 'Comment: box']);
    const count = Number(/^Public-Lines: (\d+)$/.exec(lines[3] ?? '')?.[1]);
    expect(`${algorithm} ${lines.slice(4, 4 + count).join('')} box`).toBe(made.publicKey);
    expect(lines.at(-2)).toMatch(/^Private-MAC: [0-9a-f]{40}$/);
  });

  it('makes another key every time', async () => {
    const [one, two] = await Promise.all([
      createKeyMaterial('ed25519', 'pem', 'a'),
      createKeyMaterial('ed25519', 'pem', 'a'),
    ]);
    expect(one?.privateText).not.toBe(two?.privateText);
    expect(one?.fingerprint).not.toBe(two?.fingerprint);
  });

  it('lets the event loop run while it looks for primes', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    await createKeyMaterial('rsa', 'pem', 'a');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it('refuses a name that would start another line of authorized_keys', async () => {
    await expect(createKeyMaterial('ed25519', 'ppk', 'a\nssh-rsa AAAA evil')).rejects.toThrow(TypeError);
  });
});
