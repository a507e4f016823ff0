import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { base64Lines } from './base64Text.ts';
import { jwkBytes, publicBlob, sshAlgorithm } from './publicBlob.ts';
import { sshString, uint32 } from './sshWire.ts';

/** The cipher `none` pads the private part to this many bytes. */
const blockSize = 8;

/**
 * An ED25519 private key, unencrypted, in OpenSSH's own format (`-----BEGIN OPENSSH PRIVATE KEY-----`), ending in a line
 * end, without which OpenSSH refuses the file.
 * Source: PROTOCOL.key of OpenSSH.
 */
export function opensshPrivateKey(privateKey: KeyObject, comment: string): string {
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    sshString('none'), // cipher
    sshString('none'), // key derivation
    sshString(''), // its options
    uint32(1), // number of keys
    sshString(publicBlob(createPublicKey(privateKey))),
    sshString(privatePart(privateKey, comment)),
  ]);
  const lines = base64Lines(file, 70);
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

function privatePart(privateKey: KeyObject, comment: string): Buffer {
  const jwk = privateKey.export({ format: 'jwk' });
  const point = jwkBytes(jwk.x);
  const check = randomBytes(4); // twice the same number: tells a reader that it decrypted well
  const bytes = Buffer.concat([
    check,
    check,
    sshString(sshAlgorithm.ed25519),
    sshString(point),
    sshString(Buffer.concat([jwkBytes(jwk.d), point])),
    sshString(comment),
  ]);
  const missing = (blockSize - (bytes.length % blockSize)) % blockSize;
  return Buffer.concat([bytes, Uint8Array.from({ length: missing }, (_, index) => index + 1)]);
}
