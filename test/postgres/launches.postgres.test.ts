import { afterEach } from 'vitest';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { launchesAtOnce } from '../support/launches.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

launchesAtOnce(async () => {
  const database = await createDatabase();
  databases.push(database);
  return openPostgres({ url: database.url });
});
