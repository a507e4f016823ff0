import { generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { bits, certificateTime, identifier, integer, nothing, sequence, set, text } from './der.ts';

/** Who signs: what a message says of its signer (RFC 5652, section 10.2.4), and the names in the certificate. */
export interface Issuer {
  readonly serial: Uint8Array;
  /** As DER. */
  readonly name: Uint8Array;
}

/** A certificate with its private key. */
export interface KeyAndCertificate {
  readonly serial: Uint8Array;
  readonly privateKey: KeyObject;
  /** As DER. */
  readonly certificate: Uint8Array;
}

/** The distinguished name of every certificate that we make. */
export const name = sequence(
  set(sequence(identifier('2.5.4.10'), text('Elsewhere'))),
  set(sequence(identifier('2.5.4.3'), text('Elsewhere instance identity'))),
);

/** SHA-256 with RSA (RFC 4055). */
const algorithm = sequence(identifier('1.2.840.113549.1.1.11'), nothing());

/** The time that stands for "no end" in certificates (RFC 5280, section 4.1.2.5). */
const forever = new Date(Date.UTC(9999, 11, 31, 23, 59, 59));

/**
 * A new RSA key of 2048 bits with a certificate that it signed itself. It says nothing but a name: whoever trusts it
 * has been given it by hand, as EC2's own.
 * @param serial up to 20 bytes, not zero
 */
export async function makeCertificate(serial: Uint8Array, from: Date): Promise<KeyAndCertificate> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const signed = sequence(
    integer(serial),
    algorithm,
    name,
    sequence(certificateTime(from), certificateTime(forever)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', signed, privateKey);
  return { serial, privateKey, certificate: sequence(signed, algorithm, bits(signature)) };
}
