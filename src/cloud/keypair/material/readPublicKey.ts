import type { KeyObject } from 'node:crypto';
import { importedFingerprint } from './fingerprint.ts';
import { KeyFormatError } from './keyFormatError.ts';
import { jwkBytes, type KeyType, keyTypeOf, openSshLine } from './publicBlob.ts';
import { publicKeyOfText } from './publicKeyText.ts';

/** A public key that a client brought along, in the spellings that ImportKeyPair and DescribeKeyPairs answer with. */
export interface ImportedKey {
  readonly type: KeyType;
  /** OpenSSH's one line without a comment or line end: `ssh-rsa AAAA…`. The client's comment is dropped. */
  readonly publicKey: string;
  /** RSA: MD5 of the public key, hex with colons, 16 bytes. ED25519: SHA-256 of the public key, base64 with padding. */
  readonly fingerprint: string;
}

/** The RSA lengths that the ImportKeyPair reference lists, in bits, and 3072, ssh-keygen's default, which EC2 takes too. */
const rsaLengths: readonly number[] = [1024, 2048, 3072, 4096];

/** In bytes. A 4096-bit key in its longest form stays far below; comments and headers have the rest. */
const longestMaterial = 16_384;

/**
 * Reads the public key of an ImportKeyPair request: RSA of 1024, 2048, 3072 or 4096 bits, or ED25519, as a public key line of
 * OpenSSH, a file after RFC 4716, or DER in base64 (PEM lines allowed).
 * @param material the text, after the wire's own base64 was taken off
 * @throws KeyFormatError for any other algorithm, length or form, and for material that is cut short or garbage
 */
export function readPublicKey(material: Uint8Array): ImportedKey {
  if (material.length > longestMaterial) throw new KeyFormatError();
  // Latin-1: any byte may stand in a comment, and everything else is ASCII.
  const key = publicKeyOfText(Buffer.from(material).toString('latin1'));
  const type = keyTypeOf(key);
  if (type === 'rsa') checkRsa(key);
  return { type, publicKey: openSshLine(key), fingerprint: importedFingerprint(key) };
}

/** A modulus of a listed length; both numbers odd, as they are in every RSA key; an exponent above 1 and below the modulus. */
function checkRsa(key: KeyObject): void {
  const jwk = key.export({ format: 'jwk' });
  const [e, n] = [jwkBytes(jwk.e), jwkBytes(jwk.n)];
  const sound = isOdd(e) && isOdd(n) && bitLength(e) > 1 && bitLength(e) < bitLength(n);
  if (!sound || !rsaLengths.includes(bitLength(n))) throw new KeyFormatError();
}

function isOdd(bytes: Uint8Array): boolean {
  return (bytes.at(-1) ?? 0) % 2 === 1;
}

/** Of a big-endian number without leading zero bytes, as JSON Web Keys hold them. */
function bitLength(bytes: Uint8Array): number {
  return bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24;
}
