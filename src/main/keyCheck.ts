import { everywhere } from '../cloud/identity/rows.ts';
import type { SecretBox } from '../ports/secrets.ts';
import type { Item, Reader, Store } from '../ports/store.ts';
import { Problem } from './config/problem.ts';

/** What the store's first process sealed, for the later ones to open. */
const mark = { kind: 'key-mark', id: 'key-mark', account: '*', region: everywhere } as const;
const text = 'elsewhere';

/**
 * Makes sure that this process has the key with which the store's secrets were sealed: with another one, nobody could
 * sign in, and pages begun at one process would end at the next. Throws a Problem that says what to do.
 */
export async function checkKey(store: Store, secrets: SecretBox): Promise<void> {
  const item = await marked(store.read);
  const sealed = item?.body ?? (await put(store, secrets.seal(text)));
  try {
    secrets.open(sealed);
  } catch (error) {
    const line =
      'the key file is not the one that this store was made with: give every process the same with --key-file';
    throw new Problem('unreadable', line, { cause: error });
  }
}

const marked = async (reader: Reader): Promise<Item | undefined> =>
  (await reader.items({ ...mark, ids: [mark.id] }))[0];

/** Leaves the mark, unless another process was faster. Gives the one that counts. */
const put = (store: Store, body: string): Promise<string> =>
  store.write(mark, async (writer) => {
    const found = await marked(writer);
    if (found === undefined) await writer.insert([{ ...mark, body, entries: [] }]);
    return found?.body ?? body;
  });
