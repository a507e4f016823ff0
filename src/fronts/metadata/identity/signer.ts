import { createPrivateKey, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { everywhere } from '../../../cloud/identity/rows.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Random } from '../../../ports/ids.ts';
import type { SecretBox } from '../../../ports/secrets.ts';
import type { Reader, Store } from '../../../ports/store.ts';
import { type KeyAndCertificate, makeCertificate } from './certificate.ts';
import { signedMessage } from './message.ts';

/** Signs identity documents. The key is the server's: all its processes and regions have the same. */
export interface Signer {
  /** The RSA signature, in base64. */
  signature(document: string): Promise<string>;
  /** The document with its signature as a PKCS #7 message, in base64 without the lines that begin and end it. */
  pkcs7(document: string): Promise<string>;
  /** What the signatures verify with: PEM. */
  certificate(): Promise<string>;
}

export interface SignerParts {
  readonly store: Store;
  readonly secrets: SecretBox;
  readonly random: Random;
  /** Real time: certificates are for others. */
  readonly clock: Clock;
}

const keptSignatures = 1_000;
const signed = promisify(sign);

/** Where the store keeps the key, sealed. */
const place = { kind: 'identity-key', id: 'identity-key', account: '*', region: everywhere } as const;

/** As it is sealed: all in base64, DER. */
interface Kept {
  readonly serial: string;
  readonly privateKey: string;
  readonly certificate: string;
}

/** The key is made when it is first needed, by whichever process comes first. */
export function createSigner(parts: SignerParts): Signer {
  let known: Promise<KeyAndCertificate> | undefined;
  const need = (): Promise<KeyAndCertificate> => {
    known ??= openOrMake(parts).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  // A signature costs a millisecond, which a guest could ask for endlessly; the same document has the same one.
  const signatures = new Map<string, Buffer>();
  const signatureOf = async (document: string): Promise<Buffer> => {
    const found =
      signatures.get(document) ?? (await signed('sha256', Buffer.from(document), (await need()).privateKey));
    if (signatures.size >= keptSignatures) signatures.clear();
    signatures.set(document, found);
    return found;
  };
  return {
    signature: async (document) => lines(await signatureOf(document)),
    pkcs7: async (document) =>
      lines(signedMessage(Buffer.from(document), await signatureOf(document), (await need()).serial)),
    certificate: async () =>
      `-----BEGIN CERTIFICATE-----\n${lines((await need()).certificate)}\n-----END CERTIFICATE-----\n`,
  };
}

/** Base64 in lines of 64, no line break at the end: that is how EC2 gives it. */
const lines = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');

async function openOrMake({ store, secrets, random, clock }: SignerParts): Promise<KeyAndCertificate> {
  const sealed = (await kept(store.read)) ?? (await keep(store, secrets.seal(await made(random, clock.now()))));
  const { serial, privateKey, certificate } = JSON.parse(secrets.open(sealed)) as Kept;
  return {
    serial: Buffer.from(serial, 'base64'),
    privateKey: createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' }),
    certificate: Buffer.from(certificate, 'base64'),
  };
}

async function made(random: Random, now: number): Promise<string> {
  // One day earlier, for verifiers whose clocks are behind; a first digit that makes the number positive and not zero.
  const serial = Buffer.from(`4${random.hex(31)}`, 'hex');
  const { privateKey, certificate } = await makeCertificate(serial, new Date(now - 86_400_000));
  const text: Kept = {
    serial: serial.toString('base64'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    certificate: Buffer.from(certificate).toString('base64'),
  };
  return JSON.stringify(text);
}

const kept = async (reader: Reader): Promise<string | undefined> =>
  (await reader.items({ ...place, ids: [place.id] }))[0]?.body;

/** Keeps it, unless another process was faster. Gives the one that counts. */
const keep = (store: Store, sealed: string): Promise<string> =>
  store.write(place, async (writer) => {
    const first = await kept(writer);
    if (first === undefined) await writer.insert([{ ...place, body: sealed, entries: [] }]);
    return first ?? sealed;
  });
