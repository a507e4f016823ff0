import { createAccount, listAccounts } from '../../cloud/identity/accounts.ts';
import type { Settings } from '../config/settings.ts';
import { printTable, withAccounts } from './keeping.ts';

/** `elsewhere account create NAME`: prints the new account's id. */
export async function create(settings: Settings, name: string, id: string | undefined): Promise<void> {
  const row = await withAccounts(settings, (keeping) => createAccount(keeping, name, id));
  console.log(row.id);
}

/** `elsewhere account list` */
export async function list(settings: Settings): Promise<void> {
  const rows = await withAccounts(settings, listAccounts);
  printTable(
    ['ACCOUNT', 'NAME', 'CREATED'],
    rows.map((row) => [row.id, row.name, new Date(row.createdAt).toISOString()]),
  );
}
