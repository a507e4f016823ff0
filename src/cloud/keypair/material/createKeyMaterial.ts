import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { createdFingerprint } from './fingerprint.ts';
import { opensshPrivateKey } from './opensshPrivateKey.ts';
import { ppk } from './ppk.ts';
import { type KeyType, keyTypeOf, openSshLine } from './publicBlob.ts';

/** How CreateKeyPair hands over the private key, in the words of the API's `KeyFormat`. */
export type KeyFormat = 'pem' | 'ppk';

/** A key pair that was made here, in the spellings that CreateKeyPair and DescribeKeyPairs answer with. */
export interface KeyMaterial {
  /** The private key as the text of a file, with its last line end. */
  readonly privateText: string;
  /** The public key in OpenSSH's one line, without a line end: `ssh-rsa AAAA… name`. */
  readonly publicKey: string;
  /** RSA: SHA-1 of the private key, hex with colons, 20 bytes. ED25519: SHA-256 of the public key, base64 with padding. */
  readonly fingerprint: string;
}

const generate = promisify(generateKeyPair);

/**
 * Makes a new key pair, as CreateKeyPair does: RSA of 2048 bits or ED25519. The work runs on Node's thread pool.
 * `pem` gives an RSA key as PKCS#1 and an ED25519 key in OpenSSH's format, `ppk` gives PuTTY's format; none is encrypted.
 * @param name the name of the key pair, one line; it becomes the comment of the key
 * @throws TypeError where the name has line ends
 */
export async function createKeyMaterial(type: KeyType, format: KeyFormat, name: string): Promise<KeyMaterial> {
  const { privateKey } = type === 'rsa' ? await generate('rsa', { modulusLength: 2048 }) : await generate('ed25519');
  return {
    publicKey: openSshLine(createPublicKey(privateKey), name),
    privateText: format === 'ppk' ? ppk(privateKey, name) : pem(privateKey, name),
    fingerprint: createdFingerprint(privateKey),
  };
}

function pem(privateKey: KeyObject, name: string): string {
  if (keyTypeOf(privateKey) === 'ed25519') return opensshPrivateKey(privateKey, name);
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}
