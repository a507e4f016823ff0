import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../../src/store/sqlite/open.ts';
import { storeSuite } from './suite.ts';

storeSuite('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-test-'));
  const file = join(folder, 'store.db');
  return {
    open: () => openSqlite({ file }),
    openBeside: () => openSqlite({ file, exclusive: false }),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});
