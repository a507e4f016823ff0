import { StoreError, type StoreTrouble } from '../../ports/store.ts';

/** https://sqlite.org/rescode.html: primary result codes, by what they mean for who runs the server. */
const TROUBLES: readonly (readonly [code: string, trouble: StoreTrouble, what: string])[] = [
  ['SQLITE_FULL', 'full', 'the disk is full'],
  ['SQLITE_NOTADB', 'corrupt', 'the file is not a database'],
  ['SQLITE_CORRUPT', 'corrupt', 'the database is damaged'],
  ['SQLITE_BUSY', 'locked', 'another process holds the database'],
  ['SQLITE_LOCKED', 'locked', 'another process holds the database'],
  ['SQLITE_IOERR', 'unreadable', 'the disk does not work'],
  ['SQLITE_CANTOPEN', 'unreadable', 'the file cannot be opened'],
  ['SQLITE_READONLY', 'unreadable', 'the file cannot be written'],
  ['SQLITE_PERM', 'unreadable', 'the file may not be opened'],
  ['SQLITE_AUTH', 'unreadable', 'the file may not be opened'],
];

/** What libsql throws when a file does not open has no code, only this text. */
const NOT_OPENED = /^ConnectionFailed/;

/** The error as a `StoreError` when the database itself is in trouble; unchanged when it is anything else. */
export function troubleOf(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const code = 'code' in error ? String(error.code) : '';
  const known = TROUBLES.find(([prefix]) => code === prefix || code.startsWith(`${prefix}_`));
  if (known !== undefined) return new StoreError(known[1], `${file}: ${known[2]} (${error.message})`, { cause: error });
  if (NOT_OPENED.test(error.message)) {
    return new StoreError('unreadable', `${file}: the file cannot be opened (${error.message})`, { cause: error });
  }
  return error;
}
