import { createPublicKey, type KeyObject } from 'node:crypto';
import { KeyFormatError } from './keyFormatError.ts';
import { positiveMpint, sshFields, sshMpint, sshString } from './sshWire.ts';

/** The algorithms of EC2 key pairs, in the words of the API's `KeyType`. */
export type KeyType = 'rsa' | 'ed25519';

/** What SSH calls each algorithm, in the blob and at the start of a public key line (RFC 4253, RFC 8709). */
export const sshAlgorithm: Readonly<Record<KeyType, string>> = { rsa: 'ssh-rsa', ed25519: 'ssh-ed25519' };

/**
 * The algorithm of a key.
 * @throws KeyFormatError for any algorithm that EC2 has no key pairs of (DSA, ECDSA, RSA-PSS, …)
 */
export function keyTypeOf(key: KeyObject): KeyType {
  const type = key.asymmetricKeyType;
  if (type === 'rsa' || type === 'ed25519') return type;
  throw new KeyFormatError();
}

/** A public key as it goes over the SSH wire: `ssh-rsa`, e, n (RFC 4253, 6.6), or `ssh-ed25519` and the point (RFC 8709). */
export function publicBlob(publicKey: KeyObject): Buffer {
  const type = keyTypeOf(publicKey);
  const jwk = publicKey.export({ format: 'jwk' });
  const name = sshString(sshAlgorithm[type]);
  if (type === 'ed25519') return Buffer.concat([name, sshString(jwkBytes(jwk.x))]);
  return Buffer.concat([name, sshMpint(jwkBytes(jwk.e)), sshMpint(jwkBytes(jwk.n))]);
}

/**
 * The public key in a blob of the SSH wire.
 * @throws KeyFormatError where the blob is malformed or of another algorithm
 */
export function publicKeyOfBlob(blob: Uint8Array): KeyObject {
  const [name, ...rest] = sshFields(blob);
  const algorithm = name === undefined ? '' : Buffer.from(name).toString('latin1');
  if (algorithm === sshAlgorithm.rsa) return rsaKey(rest);
  if (algorithm === sshAlgorithm.ed25519) return ed25519Key(rest);
  throw new KeyFormatError();
}

/**
 * A public key in OpenSSH's one line, without a line end: `ssh-rsa AAAA…`, then the comment if there is one.
 * @param comment one line of text; EC2 writes the name of the key pair here
 * @throws TypeError where the comment would break out of its line: the line ends up in authorized_keys
 */
export function openSshLine(publicKey: KeyObject, comment = ''): string {
  if (/[\r\n\0]/.test(comment)) throw new TypeError('the comment of a public key is one line');
  const line = `${sshAlgorithm[keyTypeOf(publicKey)]} ${publicBlob(publicKey).toString('base64')}`;
  return comment === '' ? line : `${line} ${comment}`;
}

/** The bytes of one member of a JSON Web Key. */
export function jwkBytes(member: string | undefined): Buffer {
  if (member === undefined) throw new TypeError('the key lacks a number that its algorithm needs');
  return Buffer.from(member, 'base64url');
}

function rsaKey(fields: readonly Uint8Array[]): KeyObject {
  const [exponent, modulus] = fields;
  if (exponent === undefined || modulus === undefined || fields.length !== 2) throw new KeyFormatError();
  const [e, n] = [positiveMpint(exponent), positiveMpint(modulus)].map((bytes) => base64url(bytes));
  return createPublicKey({ key: { kty: 'RSA', e, n }, format: 'jwk' });
}

function ed25519Key(fields: readonly Uint8Array[]): KeyObject {
  const [point] = fields;
  if (point?.length !== 32 || fields.length !== 1) throw new KeyFormatError();
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(point) }, format: 'jwk' });
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
