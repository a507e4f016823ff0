import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { exchange, post } from './rawClient.ts';
import { startServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-full-'));
afterAll(() => rmSync(folder, { recursive: true }));

const describeKeys = 'Action=DescribeKeyPairs&Version=2016-11-15';
const create = (name: string) =>
  `Action=CreateSecurityGroup&Version=2016-11-15&GroupName=${name}&GroupDescription=${'d'.repeat(200)}`;
const groups = 'Action=DescribeSecurityGroups&Version=2016-11-15';

it('a full disk: changes are refused with 503, reads go on, what was answered stays, and room mends it', async () => {
  const file = join(folder, 'elsewhere.db');
  const first = await startServer({ store: await openSqlite({ file }) });
  expect(await exchange(first.port, post(groups))).toMatchObject({ status: 200 });
  await first.close();
  const store = await openSqlite({ file, maxBytes: statSync(file).size + 100_000 });
  const server = await startServer({ store });
  const ask = (form: string) => exchange(server.port, post(form));
  const made: string[] = [];
  let refused: Awaited<ReturnType<typeof ask>>;
  for (let i = 0; i < 1_000 && refused === undefined; i++) {
    const answer = await ask(create(`g${i}`));
    if (answer?.status === 200) made.push(`g${i}`);
    else refused = answer;
  }
  expect(refused).toMatchObject({ status: 503, body: expect.stringContaining('<Code>ServiceUnavailable</Code>') });
  expect(made.length).toBeGreaterThan(10);
  expect(server.lines.filter((line) => line.level === 'error').at(-1)).toMatchObject({ code: 'ServiceUnavailable' });
  // What is smaller than the rest may still fit.
  for (let i = 5_000; i < 5_010; i++) if ((await ask(create(`g${i}`)))?.status === 200) made.push(`g${i}`);
  const names = async () => {
    const body = (await ask(groups))?.body ?? '';
    return [...body.matchAll(/<groupName>(g\d+)<\/groupName>/g)].map((found) => found[1]);
  };
  expect((await names()).sort()).toEqual([...made].sort());
  expect((await ask(describeKeys))?.status).toBe(200);
  await server.close();

  const again = await startServer({ store: await openSqlite({ file }) });
  const answer = await exchange(again.port, post(create('later')));
  expect(answer?.status).toBe(200);
  const body = (await exchange(again.port, post(groups)))?.body ?? '';
  for (const name of [...made, 'later']) expect(body).toContain(`<groupName>${name}</groupName>`);
  await again.close();
});
