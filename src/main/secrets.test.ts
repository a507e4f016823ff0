import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSqlite } from '../store/sqlite/open.ts';
import { checkKey } from './keyCheck.ts';
import { derived, keyFile, secretBox } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('the key file is made once, for its user alone', () => {
  const path = join(folder, 'key');
  const key = keyFile(path);
  expect(key).toHaveLength(32);
  expect(keyFile(path)).toEqual(key);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileSync(path, 'x');
  expect(() => keyFile(path)).toThrow('is not a key file');
});

it('what is sealed opens with the same key only, and unchanged only', () => {
  const one = secretBox(Buffer.alloc(32, 1));
  const sealed = one.seal('hunter2 ü');
  expect(sealed).not.toContain('hunter2');
  expect(one.seal('hunter2 ü')).not.toBe(sealed);
  expect(one.open(sealed)).toBe('hunter2 ü');
  expect(() => secretBox(Buffer.alloc(32, 2)).open(sealed)).toThrow();
  const bytes = Buffer.from(sealed, 'base64');
  bytes[bytes.length - 1]! ^= 1;
  expect(() => one.open(bytes.toString('base64'))).toThrow();
  expect(derived(Buffer.alloc(32), 'a')).not.toEqual(derived(Buffer.alloc(32), 'b'));
});

it('a store is opened with the key it was made with', async () => {
  const store = await openSqlite({ file: ':memory:' });
  await checkKey(store, secretBox(Buffer.alloc(32, 1)));
  await checkKey(store, secretBox(Buffer.alloc(32, 1)));
  await expect(checkKey(store, secretBox(Buffer.alloc(32, 2)))).rejects.toThrow('--key-file');
  await store.close();
});
