import { fail } from '../../../kernel/errors.ts';
import type { Reading } from '../../context/reading.ts';
import { keypair } from '../../keypair/keypair.ts';
import { ownKeyPair } from '../../keypair/own.ts';
import type { KeyPairRow } from '../../keypair/row.ts';

/** What a machine gets of a key pair. */
export type LaunchKey = Pick<KeyPairRow, 'name' | 'publicKey'>;

const named = async (cx: Reading, name: string): Promise<LaunchKey | undefined> =>
  (await cx.standing.where(keypair, { 'key-name': name }))[0];

/** The key pair of that name that the user who asks has in the cloud, where the account has none. Before the transaction. */
export async function ownLaunchKey(cx: Reading, name: string | undefined): Promise<LaunchKey | undefined> {
  if (!name || cx.user === undefined || (await named(cx, name)) !== undefined) return undefined;
  return ownKeyPair(cx, (one) => one.name === name);
}

/** The key pair of a launch: the account's own of that name, else the user's. Refuses a name that nothing has. */
export async function launchKey(
  cx: Reading,
  name: string | undefined,
  own: LaunchKey | undefined,
): Promise<LaunchKey | undefined> {
  if (!name) return undefined;
  return (await named(cx, name)) ?? own ?? fail('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
}
