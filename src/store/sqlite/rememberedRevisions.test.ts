import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Store } from '../../ports/store.ts';
import { openSqlite } from './open.ts';

const scope = { account: '111122223333', region: 'us-east-1' };
const item = (id: string) => ({ ...scope, kind: 'volume', id, body: '{}', entries: [] });
const revision = (store: Store) => store.read.revision(scope, ['volume']);

let folder: string;
let served: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-revisions-'));
  served = await openSqlite({ file: join(folder, 'store.db') });
});
afterEach(async () => {
  await served.close();
  rmSync(folder, { recursive: true, force: true });
});

it('tells a commit of its own at once, also to a look-up that was under way', async () => {
  for (let i = 0; i < 50; i++) {
    const before = await revision(served);
    const during = revision(served);
    await served.write(scope, (writer) => writer.insert([item(`vol-${i}`)]));
    await during;
    expect(await revision(served)).toBe(before + 1);
  }
});

it('tells a commit of another process soon', async () => {
  const before = await revision(served);
  const beside = await openSqlite({ file: join(folder, 'store.db'), exclusive: false });
  await beside.write(scope, (writer) => writer.insert([item('vol-beside')]));
  await beside.close();
  await expect.poll(() => revision(served), { timeout: 5_000 }).toBe(before + 1);
});
