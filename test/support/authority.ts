import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  bits,
  certificateTime,
  der,
  identifier,
  integer,
  octets,
  sequence,
  set,
  tagged,
  text,
} from '../../src/fronts/metadata/identity/der.ts';

/** A certificate and its key, as PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate is about. Without names it is good for clients alone. */
export interface Subject {
  readonly name: string;
  /** Host names that a server may have. */
  readonly hosts?: readonly string[];
  /** IPv4 addresses that a server may have. */
  readonly addresses?: readonly string[];
  /** When it ended; absent: it has not. */
  readonly ended?: Date;
}

/** A certificate authority of a test. */
export interface Authority {
  /** Its own certificate, PEM: what those who trust it are given. */
  readonly cert: string;
  issue(subject: Subject): Certified;
}

const year = 31_556_952_000;

/** ECDSA with SHA-256 (RFC 5758). */
const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));
const yes = der(0x01, Buffer.from([0xff]));

const named = (name: string): Buffer => sequence(set(sequence(identifier('2.5.4.3'), text(name))));
const extension = (oid: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(identifier(oid), ...(critical ? [yes] : []), octets(value));
const pem = (bytes: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

/** Whether it is an authority, and the names that it is for (RFC 5280, sections 4.2.1.9 and 4.2.1.6). */
function extensionsOf({ hosts = [], addresses = [] }: Subject, isAuthority: boolean): Buffer {
  const names = [
    ...hosts.map((host) => der(0x82, Buffer.from(host, 'ascii'))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  return sequence(
    extension('2.5.29.19', true, sequence(...(isAuthority ? [yes] : []))),
    ...(names.length > 0 ? [extension('2.5.29.17', false, sequence(...names))] : []),
  );
}

/** A new authority, which nobody trusts yet. Keys are made anew each time: none is in the sources. */
export function createAuthority(name: string): Authority {
  let serial = 0;
  const write = (subject: Subject, publicKey: KeyObject, signer: KeyObject, isAuthority: boolean): string => {
    const end = subject.ended ?? new Date(Date.now() + 10 * year);
    const signed = sequence(
      tagged(0, integer(Buffer.from([2]))),
      integer(Buffer.from([++serial])),
      algorithm,
      named(name),
      sequence(certificateTime(new Date(end.getTime() - 12 * year)), certificateTime(end)),
      named(subject.name),
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(3, extensionsOf(subject, isAuthority)),
    );
    return pem(sequence(signed, algorithm, bits(sign('sha256', signed, signer))));
  };
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const own = pair();
  return {
    cert: write({ name }, own.publicKey, own.privateKey, true),
    issue(subject) {
      const { publicKey, privateKey } = pair();
      return {
        cert: write(subject, publicKey, own.privateKey, false),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}
