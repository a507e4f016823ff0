import { createHash, createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import { base64Lines } from './base64Text.ts';
import { jwkBytes, keyTypeOf, publicBlob, sshAlgorithm } from './publicBlob.ts';
import { sshMpint, sshString } from './sshWire.ts';

const encryption = 'none';

/**
 * A private key, unencrypted, in PuTTY's format, version 2. AWS documents no version; PuTTY has read this one since 0.52 and
 * still does, version 3 only since 0.75.
 * Source: PuTTY's manual, appendix C, "PPK file format" (version 2 under "PPK version history").
 * @param comment one line of text
 */
export function ppk(privateKey: KeyObject, comment: string): string {
  const algorithm = sshAlgorithm[keyTypeOf(privateKey)];
  const publicPart = publicBlob(createPublicKey(privateKey));
  const privatePart = privateBlob(privateKey);
  const publicLines = base64Lines(publicPart, 64);
  const privateLines = base64Lines(privatePart, 64);
  return [
    `PuTTY-User-Key-File-2: ${algorithm}`,
    `Encryption: ${encryption}`,
    `Comment: ${comment}`,
    `Public-Lines: ${publicLines.length}`,
    ...publicLines,
    `Private-Lines: ${privateLines.length}`,
    ...privateLines,
    `Private-MAC: ${mac([algorithm, encryption, comment, publicPart, privatePart])}`,
    '',
  ].join('\n');
}

/** RSA: d, p, q and the inverse of q modulo p. ED25519: the seed, which PuTTY holds to be a little-endian number. */
function privateBlob(privateKey: KeyObject): Buffer {
  const jwk = privateKey.export({ format: 'jwk' });
  if (keyTypeOf(privateKey) === 'ed25519') return sshString(jwkBytes(jwk.d));
  return Buffer.concat([jwk.d, jwk.p, jwk.q, jwk.qi].map((number) => sshMpint(jwkBytes(number))));
}

/** HMAC-SHA-1 over everything that the file says, keyed by a fixed phrase (and the passphrase, which is empty here). */
function mac(parts: readonly (string | Uint8Array)[]): string {
  const key = createHash('sha1').update('putty-private-key-file-mac-key').digest();
  return createHmac('sha1', key)
    .update(Buffer.concat(parts.map(sshString)))
    .digest('hex');
}
