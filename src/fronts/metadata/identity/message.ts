import { name } from './certificate.ts';
import { identifier, integer, nothing, octets, sequence, set, tagged } from './der.ts';

const data = identifier('1.2.840.113549.1.7.1');
const signedData = identifier('1.2.840.113549.1.7.2');
const sha256 = sequence(identifier('2.16.840.1.101.3.4.2.1'), nothing());
const rsa = sequence(identifier('1.2.840.113549.1.1.1'), nothing());
const one = integer(Buffer.from([1]));

/**
 * A signed message (PKCS #7, RFC 5652) with its content, and without the certificate, as EC2's: whoever verifies it has
 * to bring the right one, and cannot be led to take the sender's own.
 * @param signature of the content, SHA-256 with RSA
 * @param serial of the signer's certificate
 */
export function signedMessage(content: Uint8Array, signature: Uint8Array, serial: Uint8Array): Buffer {
  const signer = sequence(one, sequence(name, integer(serial)), sha256, rsa, octets(signature));
  const body = sequence(one, set(sha256), sequence(data, tagged(0, octets(content))), set(signer));
  return sequence(signedData, tagged(0, body));
}
