import type { SecretBox } from '../../ports/secrets.ts';
import type { Store } from '../../ports/store.ts';
import { rowOf } from '../context/rows.ts';
import { type AccessKeyRow, accessKey, everywhere } from './rows.ts';

/** Whom a key stands for. */
export interface KnownKey {
  readonly account: string;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly active: boolean;
}

/** Look-up of access keys for every request: kept in memory, and fresh, since any change of a key raises the revision. */
export interface Keyring {
  find(accessKeyId: string): Promise<KnownKey | undefined>;
}

/** A hostile client can ask for any id; unknown ones are not kept, and known ones only up to this many. */
const kept = 10_000;

export function keyring(store: Store, secrets: SecretBox): Keyring {
  let keys = new Map<string, KnownKey>();
  let revision = -1;
  return {
    find: async (accessKeyId) => {
      const now = await store.read.revision({ account: '*', region: everywhere }, [accessKey.kind]);
      if (now !== revision || keys.size > kept) {
        keys = new Map();
        revision = now;
      }
      // A look-up that began before a change must not leave what it read among what was read after it.
      const mine = keys;
      const known = mine.get(accessKeyId);
      if (known !== undefined) return known;
      const [item] = await store.read.items({ kind: accessKey.kind, region: everywhere, ids: [accessKeyId] });
      if (item === undefined) return undefined;
      const row = rowOf<AccessKeyRow>(item);
      const found = {
        account: row.account,
        accessKeyId,
        secret: secrets.open(row.sealedSecret),
        active: row.status === 'active',
      };
      mine.set(accessKeyId, found);
      return found;
    },
  };
}
