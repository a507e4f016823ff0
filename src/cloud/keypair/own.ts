import { DriverError } from '../../ports/driver.ts';
import type { OwnKeyPair } from '../../ports/identity.ts';
import { probe } from '../context/probe.ts';
import type { Reading } from '../context/reading.ts';
import { keypair } from './keypair.ts';
import { KeyFormatError } from './material/keyFormatError.ts';
import { type ImportedKey, readPublicKey } from './material/readPublicKey.ts';
import type { KeyPairRow } from './row.ts';

/**
 * The key pairs that the user who asks has in the cloud, as rows that are nowhere; nobody tells when they were made. Of kinds that EC2 knows, under names that are not the account's: among
 * the users of an account its own key pairs come first. Empty where the cloud knows no users. A cloud that does not answer has none.
 */
export async function ownKeyPairs(cx: Reading): Promise<readonly KeyPairRow[]> {
  try {
    return await asked(cx);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const { account, region } = cx;
    cx.world.log.warn({ account, region, err: error }, 'the cloud does not tell the key pairs of a user');
    return [];
  }
}

/** That of a name or an id. A cloud that does not answer refuses the request. */
export async function ownKeyPair(cx: Reading, is: (one: KeyPairRow) => boolean): Promise<KeyPairRow | undefined> {
  return (await probe(cx, () => asked(cx))).find(is);
}

async function asked(cx: Reading): Promise<readonly KeyPairRow[]> {
  const found = (await cx.user?.keyPairs()) ?? [];
  if (found.length === 0) return [];
  const rows = await cx.where(keypair, { 'key-name': found.map(({ name }) => name) });
  const taken = new Set(rows.map(({ name }) => name));
  return found.flatMap((one) => (taken.has(one.name) ? [] : rowsOf(cx, one)));
}

function rowsOf({ account, region }: Reading, { id, name, publicKey }: OwnKeyPair): readonly KeyPairRow[] {
  const key = keyOf(publicKey);
  if (key === undefined) return [];
  const { type, fingerprint } = key;
  return [
    { id, account, region, name, type, fingerprint, publicKey: `${key.publicKey} ${name}`, createdAt: 0, tags: {} },
  ];
}

/** Undefined: EC2 has no such keys. */
function keyOf(publicKey: string): ImportedKey | undefined {
  try {
    return readPublicKey(Buffer.from(publicKey));
  } catch (error) {
    if (error instanceof KeyFormatError) return undefined;
    throw error;
  }
}
