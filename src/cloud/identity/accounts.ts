import { fail } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/ids.ts';
import type { SecretBox } from '../../ports/secrets.ts';
import type { Item, Reader, Store, Writer } from '../../ports/store.ts';
import { rowOf } from '../context/rows.ts';
import { type AccessKeyRow, type AccountRow, accessKey, account, everywhere } from './rows.ts';

/** What the keeping of accounts needs; a World has all of it. */
export interface Keeping {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: SecretBox;
}

/** A new key with its secret, which is shown once and stored sealed. */
export interface NewKey {
  readonly account: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Makes an account, with a given 12-digit id or a free one. */
export async function createAccount(keeping: Keeping, name: string, id?: string): Promise<AccountRow> {
  if (id !== undefined && !/^\d{12}$/.test(id))
    fail('InvalidParameterValue', `An account id has 12 digits; '${id}' has not.`);
  if (!/^[^\p{C}]{1,128}$/u.test(name)) {
    fail('InvalidParameterValue', 'The name of an account has 1 to 128 characters, none of them a control character.');
  }
  const { store, random, clock } = keeping;
  const chosen = id ?? newAccountId(random);
  const row: AccountRow = { id: chosen, account: chosen, region: everywhere, createdAt: clock.now(), tags: {}, name };
  await store.write(row, async (writer) => {
    const [known] = await writer.items({ kind: account.kind, region: everywhere, account: chosen, ids: [chosen] });
    if (known !== undefined) fail('InvalidParameterValue', `The account ${chosen} exists already.`);
    await writer.insert([{ ...whose(chosen), kind: account.kind, id: chosen, body: JSON.stringify(row), entries: [] }]);
  });
  return row;
}

export async function listAccounts({ store }: Keeping): Promise<readonly AccountRow[]> {
  return (await store.read.items({ kind: account.kind, region: everywhere })).map(rowOf<AccountRow>);
}

/** Makes an access key for an account that exists. */
export function createKey(keeping: Keeping, owner: string): Promise<NewKey> {
  return keeping.store.write(whose(owner), (writer) => insertKey(keeping, writer, owner));
}

async function insertKey({ random, secrets, clock }: Keeping, writer: Writer, owner: string): Promise<NewKey> {
  const [known] = await writer.items({ kind: account.kind, region: everywhere, account: owner, ids: [owner] });
  if (known === undefined)
    fail('InvalidParameterValue', `The account ${owner} does not exist; make it with: elsewhere account create`);
  const key: NewKey = { account: owner, accessKeyId: `AKIA${letters(random, 16)}`, secretAccessKey: secretOf(random) };
  const row: AccessKeyRow = {
    ...whose(owner),
    id: key.accessKeyId,
    createdAt: clock.now(),
    tags: {},
    sealedSecret: secrets.seal(key.secretAccessKey),
    status: 'active',
  };
  await writer.insert([{ ...whose(owner), kind: accessKey.kind, id: row.id, body: JSON.stringify(row), entries: [] }]);
  return key;
}

/** Keys of an account, or of all, oldest first. */
export async function listKeys({ store }: Keeping, owner?: string): Promise<readonly AccessKeyRow[]> {
  const query = { kind: accessKey.kind, region: everywhere, ...(owner === undefined ? {} : { account: owner }) };
  return (await store.read.items(query)).map(rowOf<AccessKeyRow>);
}

/** Makes the key useless, now. */
export async function disableKey({ store }: Keeping, accessKeyId: string): Promise<AccessKeyRow> {
  const { account: owner } = await needKey(store.read, accessKeyId);
  return store.write(whose(owner), (writer) => disable(writer, accessKeyId));
}

/** A new key for the same account; the old one stops working in the same moment. Refuses a key that is disabled. */
export async function rotateKey(keeping: Keeping, accessKeyId: string): Promise<NewKey> {
  const { account: owner } = await needKey(keeping.store.read, accessKeyId);
  return keeping.store.write(whose(owner), async (writer) => {
    const old = rowOf<AccessKeyRow>(await needKey(writer, accessKeyId));
    if (old.status !== 'active') fail('InvalidParameterValue', `The access key ${accessKeyId} is disabled.`);
    await disable(writer, accessKeyId);
    return insertKey(keeping, writer, owner);
  });
}

async function disable(writer: Writer, accessKeyId: string): Promise<AccessKeyRow> {
  const item = await needKey(writer, accessKeyId);
  const row: AccessKeyRow = { ...rowOf<AccessKeyRow>(item), status: 'inactive' };
  if (!(await writer.update(item, JSON.stringify(row), { add: [], drop: [] }))) {
    fail('InternalError', 'An internal error has occurred', `access key ${accessKeyId} changed under its transaction`);
  }
  return row;
}

async function needKey(reader: Reader, accessKeyId: string): Promise<Item> {
  const [item] = await reader.items({ kind: accessKey.kind, region: everywhere, ids: [accessKeyId] });
  return item ?? fail('InvalidParameterValue', `There is no access key ${accessKeyId}.`);
}

const newAccountId = (random: Random): string =>
  String(1 + random.below(9)) + Array.from({ length: 11 }, () => random.below(10)).join('');

const whose = (owner: string) => ({ account: owner, region: everywhere });

/** The alphabet of AWS's access key ids. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const letters = (random: Random, count: number): string =>
  Array.from({ length: count }, () => alphabet[random.below(alphabet.length)]).join('');

/** 240 random bits: 40 characters, as AWS's secrets have. */
const secretOf = (random: Random): string => Buffer.from(random.hex(60), 'hex').toString('base64');
