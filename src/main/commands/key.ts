import { createKey, disableKey, listKeys, type NewKey, rotateKey } from '../../cloud/identity/accounts.ts';
import type { Settings } from '../config/settings.ts';
import { printTable, withAccounts } from './keeping.ts';

/** `elsewhere key create ACCOUNT`: the secret is shown this once. */
export async function create(settings: Settings, account: string): Promise<void> {
  print(await withAccounts(settings, (keeping) => createKey(keeping, account)));
}

/** `elsewhere key list [ACCOUNT]` */
export async function list(settings: Settings, account: string | undefined): Promise<void> {
  const rows = await withAccounts(settings, (keeping) => listKeys(keeping, account));
  printTable(
    ['KEY', 'ACCOUNT', 'STATUS', 'CREATED'],
    rows.map((row) => [row.id, row.account, row.status, new Date(row.createdAt).toISOString()]),
  );
}

/** `elsewhere key rotate KEY`: a new key for the account; the old one stops working. */
export async function rotate(settings: Settings, id: string): Promise<void> {
  print(await withAccounts(settings, (keeping) => rotateKey(keeping, id)));
}

/** `elsewhere key disable KEY` */
export async function disable(settings: Settings, id: string): Promise<void> {
  await withAccounts(settings, (keeping) => disableKey(keeping, id));
  console.log(`${id} is disabled`);
}

function print({ accessKeyId, secretAccessKey }: NewKey): void {
  console.log(`AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
}
