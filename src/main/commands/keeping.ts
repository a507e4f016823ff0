import type { Keeping } from '../../cloud/identity/accounts.ts';
import { Refusal } from '../../kernel/errors.ts';
import { createSystemClock } from '../clock/system.ts';
import { serverKey } from '../compose.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import { checkKey } from '../keyCheck.ts';
import { openStore } from '../openStore.ts';
import { systemRandom } from '../random.ts';
import { secretBox } from '../secrets.ts';

/** Opens the store beside a server that may be running, does something with its accounts, and closes it. */
export async function withAccounts<T>(settings: Settings, body: (keeping: Keeping) => Promise<T>): Promise<T> {
  if (settings.memory) throw new Problem('usage', '--memory keeps no accounts: use --data or --database');
  const store = await openStore(settings, false);
  try {
    const secrets = secretBox(serverKey(settings));
    await checkKey(store, secrets);
    return await body({ store, clock: createSystemClock(), random: systemRandom(), secrets });
  } catch (error) {
    throw error instanceof Refusal ? new Problem('usage', error.message, { cause: error }) : error;
  } finally {
    await store.close();
  }
}

/** Prints rows as columns, the first line naming them. */
export function printTable(titles: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  for (const row of [titles, ...rows]) {
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    );
  }
}
