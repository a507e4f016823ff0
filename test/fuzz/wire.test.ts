import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Action } from '../../src/cloud/action/action.ts';
import { actions } from '../../src/cloud/registry.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { anyCredential, exchange, post, RawClient } from '../serve/rawClient.ts';
import { type Running, startServer } from '../serve/server.ts';
import { type Chance, chanceOf } from './chance.ts';
import { furnish } from './furnish.ts';
import { formOf, type Pair } from './generate.ts';
import { bytesOf, contentTypes, mutated } from './mutate.ts';
import { stateOf } from './state.ts';
import { filled, notOnSimulator, type Things, validForms } from './valid.ts';
import { xmlFault } from './xml.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_260_102);
const total = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const batch = 1_000;
const sockets = 16;
/** Ids of things that are not there, and texts that are no ids. */
const strangers = [
  'i-0123456789abcdef0',
  'vol-0123456789abcdef0',
  'ami-12345678',
  'i-12345678',
  'sg-x',
  'ami-1',
  'default',
  'x',
];

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-fuzz-'));
const file = join(folder, 'store.db');
const agent = new Agent({ keepAlive: true, maxSockets: sockets });
const all = Object.values(actions) as unknown as readonly Action[];
let server: Running;
let things: Things;
let ids: readonly string[];

beforeAll(async () => {
  const limits = { headersMs: 400, requestMs: 10_000, checkMs: 100, idleMs: 60_000 };
  server = await startServer({ store: await openSqlite({ file }), limits });
  things = await furnish(server);
  ids = [...Object.values(things), ...strangers];
});
afterAll(async () => {
  agent.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Hostile {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** A request that must be refused: it is a dry run at the least, or it has no credential. */
function hostile(chance: Chance): Hostile {
  const action = chance.of(all);
  const service = action.schema[1] === 'com.amazonaws.sts' ? 'sts' : 'ec2';
  const about: Pair[] = [
    ['Action', chance.once(30) ? `${action.name}x` : action.name],
    ['Version', service === 'sts' ? '2011-06-15' : '2016-11-15'],
  ];
  // Half of them begin as a form that would succeed.
  const good = chance.once(2) ? filled(validForms[action.name] ?? '', things) : [];
  const more = good.length > 0 && !chance.once(4) ? [] : formOf(action.schema, chance, ids);
  const form = mutated([...about, ...good, ...more], chance);
  const bytes = bytesOf([['DryRun', 'true'], ...form], chance);
  const region = chance.once(20) ? chance.of(['', 'moon-1', 'us-east-1\u00e9', '__proto__']) : 'us-east-1';
  const headers: Record<string, string> = { 'content-type': chance.of(contentTypes) };
  // What STS answers takes no parameter at all, so nothing else can be wrong with it than who asks.
  if (service === 'ec2' && !chance.once(25)) {
    const credential = `Credential=test/20260102/${encodeURIComponent(region)}/${service}/aws4_request`;
    headers.authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=00`;
    headers['x-amz-date'] = '20260102T030405Z';
  }
  const inQuery = chance.once(6) && bytes.length < 20_000 && /^[\x21-\x7e]*$/.test(bytes.toString('latin1'));
  if (inQuery)
    return { method: 'GET', path: `/?${bytes.toString('latin1').replaceAll('#', '')}`, headers, body: Buffer.alloc(0) };
  return { method: 'POST', path: '/', headers, body: bytes };
}

function answerTo({
  method,
  path,
  headers,
  body,
}: Hostile): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port: server.port, host: '127.0.0.1', method, path, headers, agent, timeout: 60_000 },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
        answer.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What is wrong with an answer; undefined when it is a refusal as it should be. */
function fault({ status, body }: { readonly status: number; readonly body: string }): string | undefined {
  if (status < 400 || status > 499) return `status ${status}: ${body.slice(0, 400)}`;
  const broken = xmlFault(body);
  if (broken !== undefined) return `not XML: ${broken}: ${body.slice(0, 400)}`;
  return /<Code>[A-Z][A-Za-z0-9.]+<\/Code><Message>[^<]+<\/Message>/.test(body)
    ? undefined
    : `no code: ${body.slice(0, 400)}`;
}

const shown = ({ method, path, headers, body }: Hostile): string =>
  JSON.stringify({ method, path: path.slice(0, 1500), headers, body: body.toString('latin1').slice(0, 1500) });

it('knows for every action a form that would succeed', async () => {
  const refused: string[] = [];
  for (const { name, schema } of all) {
    const form = validForms[name];
    if (form === undefined) refused.push(`${name} has no form in valid.ts`);
    else if (schema[1] === 'com.amazonaws.ec2') {
      const pairs = [['Action', name], ['Version', '2016-11-15'], ['DryRun', 'true'], ...filled(form, things)];
      const answer = await exchange(server.port, post(new URLSearchParams(pairs as [string, string][]).toString()));
      const code = notOnSimulator.has(name) ? 'UnsupportedOperation' : 'DryRunOperation';
      if (!answer?.body.includes(`<Code>${code}</Code>`)) refused.push(`${name}: ${answer?.body}`);
    }
  }
  expect(refused).toEqual([]);
});

it(`refuses ${total} hostile requests in its own words, and nothing changes`, { timeout: 180_000 }, async () => {
  const chance = chanceOf(seed);
  const faults: string[] = [];
  const codes = new Map<string, number>();
  for (let done = 0; done < total; done += batch) {
    const before = stateOf(file);
    const requests = Array.from({ length: Math.min(batch, total - done) }, () => hostile(chance));
    await Promise.all(
      requests.map(async (one) => {
        const answer = await answerTo(one).catch((error: Error) => ({ status: 0, body: error.message }));
        const wrong = fault(answer);
        if (wrong !== undefined) faults.push(`${wrong} <- ${shown(one)}`);
        const code = /<Code>(.*?)</.exec(answer.body)?.[1] ?? '';
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }),
    );
    if (stateOf(file) !== before)
      faults.push(`requests ${done} to ${done + requests.length} of seed ${seed} changed something`);
  }
  expect(faults.slice(0, 20)).toEqual([]);
  // The requests reach what is behind the codec: many are refused for nothing but being dry runs.
  expect(codes.get('DryRunOperation') ?? 0).toBeGreaterThan(total / 20);
  expect(codes.size).toBeGreaterThan(30);
  expect(await server.parts.world.store.operations.pending()).toBe(0);
  expect(server.lines.filter((line) => line.level === 'error')).toEqual([]);
});

it('survives what is not HTTP', { timeout: 60_000 }, async () => {
  const chance = chanceOf(seed + 1);
  const before = stateOf(file);
  const good = Buffer.from(post('DryRun=true&Action=CreateVolume&Version=2016-11-15'));
  const garbage = (): Buffer => {
    const bytes = Buffer.from(good);
    for (let i = chance.below(12); i > 0; i--) bytes[chance.below(bytes.length)] = chance.below(256);
    return chance.of([
      () => chance.bytes(1 + chance.below(2_000)),
      () => bytes,
      () => bytes.subarray(0, chance.below(bytes.length)),
      () => Buffer.concat([bytes, chance.bytes(60), bytes]),
      () => Buffer.from(`GET /${'%00'.repeat(chance.below(90))} HTTP/1.1\r\n${anyCredential}\r\n`),
      () =>
        Buffer.from(
          `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chance.below(999).toString(16)}\r\n`,
        ),
      () => Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`),
      () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
    ])();
  };
  const faults: string[] = [];
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 40 }, async () => {
        const bytes = garbage();
        const client = await RawClient.to(server.port);
        client.send(bytes);
        if (chance.once(4)) client.socket.resetAndDestroy();
        else client.socket.end();
        await client.ended;
        if (/^HTTP\/1\.1 (?:2|5)/m.test(client.text))
          faults.push(`${client.text.slice(0, 300)} <- ${bytes.toString('latin1')}`);
      }),
    );
  }
  expect(faults).toEqual([]);
  expect(stateOf(file)).toBe(before);
  expect(await exchange(server.port, post('Action=DescribeRegions&Version=2016-11-15'))).toMatchObject({ status: 200 });
  expect(server.lines.filter((line) => line.level === 'error')).toEqual([]);
});

it('would have seen a change', async () => {
  const before = stateOf(file);
  const answer = await exchange(server.port, post('Action=CreateKeyPair&KeyName=new&Version=2016-11-15'));
  expect(answer?.status).toBe(200);
  expect(stateOf(file)).not.toBe(before);
});
