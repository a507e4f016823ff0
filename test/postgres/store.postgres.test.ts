import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { storeSuite } from '../contract/store/suite.ts';

const URL_NAME = 'ELSEWHERE_TEST_POSTGRES';

function server(): string {
  const url = process.env[URL_NAME];
  if (url === undefined || url === '')
    throw new Error(`${URL_NAME} must be the postgres:// URL of a server to test on`);
  return url;
}

async function run(statement: string): Promise<void> {
  const client = new Client({ connectionString: server() });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Each test has a database of its own. */
storeSuite('PostgreSQL', async () => {
  const name = `elsewhere_${randomBytes(6).toString('hex')}`;
  await run(`create database ${name}`);
  const url = new URL(server());
  url.pathname = `/${name}`;
  const open = () => openPostgres({ url: url.href, poolSize: 4 });
  return { open, openBeside: open, remove: () => run(`drop database ${name}`) };
});
