import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { keyTypeOf, publicBlob } from './publicBlob.ts';

/**
 * The fingerprint EC2 gives a key pair that it created: for RSA the SHA-1 of the private key in DER PKCS#8 (20 bytes, hex
 * with colons), for ED25519 the SHA-256 of the public key.
 * Source: EC2 User Guide, "Verify the fingerprint of your key pair".
 */
export function createdFingerprint(privateKey: KeyObject): string {
  if (keyTypeOf(privateKey) === 'ed25519') return sha256OfBlob(createPublicKey(privateKey));
  return colons(hash('sha1', privateKey.export({ type: 'pkcs8', format: 'der' })));
}

/**
 * The fingerprint EC2 gives an imported key pair: for RSA the MD5 of the public key in DER SubjectPublicKeyInfo (16 bytes,
 * hex with colons), for ED25519 the SHA-256 of the public key.
 * Source: the same page. The API reference speaks of RFC 4716, section 4; what EC2 answers follows the guide.
 */
export function importedFingerprint(publicKey: KeyObject): string {
  if (keyTypeOf(publicKey) === 'ed25519') return sha256OfBlob(publicKey);
  return colons(hash('md5', publicKey.export({ type: 'spki', format: 'der' })));
}

/** OpenSSH's SHA-256 fingerprint in EC2's spelling: no `SHA256:` before it, and the base64 padding stays. */
function sha256OfBlob(publicKey: KeyObject): string {
  return hash('sha256', publicBlob(publicKey)).toString('base64');
}

function hash(algorithm: 'md5' | 'sha1' | 'sha256', bytes: Uint8Array): Buffer {
  return createHash(algorithm).update(bytes).digest();
}

function colons(bytes: Buffer): string {
  return bytes.toString('hex').replaceAll(/(..)(?!$)/g, '$1:');
}
