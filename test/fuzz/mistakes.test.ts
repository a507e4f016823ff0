import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Action } from '../../src/cloud/action/action.ts';
import { actions } from '../../src/cloud/registry.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { exchange, post } from '../serve/rawClient.ts';
import { type Running, startServer } from '../serve/server.ts';
import { furnish } from './furnish.ts';
import { mistakesIn } from './mistakes.ts';
import { stateOf } from './state.ts';
import { filled, notOnSimulator, type Things, validForms } from './valid.ts';

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-mistakes-'));
const file = join(folder, 'store.db');
const all = (Object.values(actions) as unknown as readonly Action[]).filter(
  ({ schema }) => schema[1] === 'com.amazonaws.ec2',
);
let server: Running;
let things: Things;

beforeAll(async () => {
  server = await startServer({ store: await openSqlite({ file }) });
  things = await furnish(server);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const send = (name: string, pairs: readonly (readonly [string, string])[], version = '2016-11-15') => {
  const form = [['Action', name], ['Version', version], ...pairs] as [string, string][];
  return exchange(server.port, post(new URLSearchParams(form).toString()));
};

it('a request that is no dry run, with one mistake in it, is refused and changes nothing', async () => {
  const faults: string[] = [];
  let sent = 0;
  for (const { name } of all) {
    const before = stateOf(file);
    const mistakes = mistakesIn(filled(validForms[name] ?? '', things)).map((one) => ({ ...one, version: undefined }));
    const good = filled(validForms[name] ?? '', things);
    const versions = ['1999-01-01', '2016-11-15x'].map((version) => ({ what: version, pairs: good, version }));
    for (const { what, pairs, version } of [...mistakes, ...versions]) {
      const answer = await send(name, pairs, version);
      sent += 1;
      const code = /<Code>([A-Za-z.]+)<\/Code><Message>[^<]+<\/Message>/.exec(answer?.body ?? '')?.[1];
      const refused = answer !== undefined && answer.status >= 400 && answer.status < 500 && code !== undefined;
      if (!refused || code === 'DryRunOperation') faults.push(`${name}: ${what}: ${answer?.status} ${answer?.body}`);
    }
    if (stateOf(file) !== before) faults.push(`${name}: something changed`);
  }
  expect(faults.map((fault) => fault.slice(0, 300))).toEqual([]);
  expect(sent).toBeGreaterThan(500);
  expect(await server.parts.world.store.operations.pending()).toBe(0);
  expect(server.lines.filter((line) => line.level === 'error')).toEqual([]);
});

it('would have seen what they change without the mistake', async () => {
  const same: string[] = [];
  for (const { name, mode } of all) {
    if (mode === 'read' || notOnSimulator.has(name) || !unharmed.has(name)) continue;
    const before = stateOf(file);
    const answer = await send(name, filled(validForms[name] ?? '', things));
    if (answer?.status !== 200 || stateOf(file) === before) same.push(`${name}: ${answer?.status} ${answer?.body}`);
  }
  expect(same).toEqual([]);
});

/** Actions whose forms still hold whatever the others of these have done before. */
const unharmed: ReadonlySet<string> = new Set([
  'AllocateAddress',
  'CreateKeyPair',
  'CreateSecurityGroup',
  'CreateTags',
  'CreateVolume',
  'ImportKeyPair',
  'ModifyImageAttribute',
  'ModifyVolume',
  'RunInstances',
]);
