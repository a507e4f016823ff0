import { randomBytes } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';

/** A database of one test, on a server that others use, too. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Rows of a statement, on a connection of its own. */
  rows<R extends QueryResultRow>(statement: string, values?: readonly unknown[]): Promise<readonly R[]>;
  drop(): Promise<void>;
}

/** The server to test on. */
export function testServer(): string {
  const url = process.env.ELSEWHERE_TEST_POSTGRES;
  if (!url) throw new Error('ELSEWHERE_TEST_POSTGRES must be the postgres:// URL of a server to test on');
  return url;
}

async function ask<R extends QueryResultRow>(url: string, statement: string, values: readonly unknown[] = []) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(statement, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Creates an empty database on a server. */
export async function createDatabase(server = testServer()): Promise<TestDatabase> {
  const name = `elsewhere_${randomBytes(6).toString('hex')}`;
  await ask(server, `create database ${name}`);
  const own = new URL(server);
  own.pathname = `/${name}`;
  return {
    name,
    url: own.href,
    rows: (statement, values) => ask(own.href, statement, values),
    async drop() {
      await ask(server, `drop database ${name} with (force)`);
    },
  };
}
