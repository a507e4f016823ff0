import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpLimits } from '../../src/fronts/http/limits.ts';
import { createNovaListener } from '../../src/fronts/metadata/listener.ts';
import { createNovaMetadata, type NovaMetadata } from '../../src/fronts/metadata/nova/passOn.ts';
import { createWhose } from '../../src/fronts/metadata/nova/whose.ts';
import { versions } from '../../src/fronts/metadata/tree/versions.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { exchange, post, RawClient } from '../serve/rawClient.ts';
import { type Running, startServer } from '../serve/server.ts';
import { type Chance, chanceOf } from './chance.ts';
import { furnish } from './furnish.ts';
import { stateOf } from './state.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_260_102);
const total = Number(process.env.FUZZ_METADATA_REQUESTS ?? 1_600);
const secret = 'shared';
const server = 'n-1';
const userData = 'nobody else may read this';
const folder = mkdtempSync(join(tmpdir(), 'elsewhere-fuzz-metadata-'));
const file = join(folder, 'store.db');

const limits = { headersMs: 400, requestMs: 800, checkMs: 100 };
/** Connections at the same time: most of the time of a request that stops in the middle is waiting for the rest. */
const beside = 400;

let running: Running;
let nova: Server;
let passing: NovaMetadata;
let agent: Server;
let instance: string;

const listening = async (one: Server): Promise<number> => {
  one.listen(0, '127.0.0.1');
  await once(one, 'listening');
  return (one.address() as AddressInfo).port;
};

beforeAll(async () => {
  running = await startServer({ store: await openSqlite({ file }), limits });
  const { image, subnet } = await furnish(running);
  const form = new URLSearchParams({
    Action: 'RunInstances',
    Version: '2016-11-15',
    ImageId: image!,
    SubnetId: subnet!,
    InstanceType: 't3.micro',
    MinCount: '1',
    MaxCount: '1',
    UserData: Buffer.from(userData).toString('base64'),
    'MetadataOptions.HttpTokens': 'optional',
  });
  const launched = await exchange(running.port, post(form.toString()));
  instance = /<instanceId>(i-[0-9a-f]+)</.exec(launched!.body)![1]!;
  await running.parts.worker.drain();
  nova = createServer((message, response) => void message.resume().on('end', () => response.end('nova')));
  passing = createNovaMetadata(`http://127.0.0.1:${await listening(nova)}`, (error) =>
    running.parts.world.log.error({ err: error }, 'nova'),
  );
  const { metadata, world } = running.parts;
  agent = createNovaListener(
    {
      ...{ metadata, secret, nova: passing, log: world.log },
      whose: createWhose({
        ...{ metadata, region: 'us-east-1', clock: world.clock, catchUp: () => undefined, log: world.log },
        foreign: {
          machineOf: async (native) => (native === server ? instance : undefined),
          projectOf: async () => 'p',
          accountOf: async () => '000000000000',
        },
      }),
    },
    { ...httpLimits, ...limits },
  );
  await listening(agent);
});
afterAll(async () => {
  passing.close();
  for (const one of [agent, nova]) {
    one.closeAllConnections();
    await new Promise((resolve) => one.close(resolve));
  }
  await running.close();
  rmSync(folder, { recursive: true });
});

const names = [
  ...versions.slice(-3),
  ...['meta-data', 'dynamic', 'user-data', 'api', 'token', 'instance-id', 'network', 'interfaces', 'macs', 'iam'],
  ...[
    '..',
    '.',
    '%2e%2e',
    '%2F',
    '%',
    '%zz',
    '%00',
    '%c0%af',
    '',
    '\\',
    '__proto__',
    'constructor',
    'openstack',
    'openstack/latest/meta_data.json',
    'network_data.json',
    'user_data',
    '0=a',
  ],
  ...['2099-01-01', 'latest ', 'é', '\u0001', 'a'.repeat(3_000), '*', '?', '#', ';', 'http:'],
];
const values = [
  '',
  '0',
  '1',
  '60',
  '21600',
  '21601',
  '-1',
  '1e9',
  'x',
  '\u00ff',
  'a, b',
  'A'.repeat(64),
  'A'.repeat(9_000),
];

interface Hostile {
  readonly bytes: Buffer;
  /** It is signed as Neutron's agent does, or comes from this computer in open mode: it may read. */
  readonly trusted: boolean;
}

function hostile(chance: Chance, toAgent: boolean): Hostile {
  const path = Array.from({ length: chance.below(8) }, () => chance.of(names)).join('/');
  const method = chance.of(['GET', 'GET', 'GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']);
  const lines: string[] = [];
  let trusted = true;
  let start = `/${path}`;
  if (toAgent) {
    const right = createHmac('sha256', secret).update(server).digest('hex');
    const signature = chance.once(2) ? right : chance.of([...values, right.slice(1), right.replace(/^./, 'g')]);
    const id = chance.once(4) ? chance.of([...values, 'n-2', instance]) : server;
    trusted = signature === right && id === server;
    lines.push(`X-Instance-ID: ${id}`, `X-Instance-ID-Signature: ${signature}`);
    if (!chance.once(5)) lines.push(`X-Tenant-ID: ${chance.once(5) ? chance.of(values) : 'p'}`);
    trusted &&= lines.includes('X-Tenant-ID: p');
    if (chance.once(10)) lines.push('X-Instance-ID: n-2');
  } else {
    const who = chance.of([
      instance,
      `${instance}.${'a'.repeat(32)}`,
      `${instance}.`,
      'i-0123456789abcdef0',
      'certificate',
      '',
    ]);
    start = `/_elsewhere/metadata/${who}/${path}`;
    trusted = who === instance;
    if (chance.once(4)) {
      lines.push(`Origin: ${chance.of(values)}`);
      trusted = false;
    }
  }
  const host = chance.of(['127.0.0.1', '169.254.169.254', 'evil.example', 'x:y:z', '', '[::1']);
  if (!toAgent && host === 'evil.example') trusted = false;
  lines.push(`Host: ${host}`);
  for (const name of ['X-aws-ec2-metadata-token', 'X-aws-ec2-metadata-token-ttl-seconds', 'X-Forwarded-For', 'Cookie'])
    if (chance.once(4)) lines.push(`${name}: ${chance.of(values)}`);
  const body = chance.once(8) ? chance.bytes(chance.of([1, 100, 66_000])) : Buffer.alloc(0);
  const length = chance.once(20) ? chance.of(['-1', '999999999999', 'x']) : String(body.length);
  lines.push(`Content-Length: ${length}`);
  const head = `${method} ${start} HTTP/1.${chance.below(2)}\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`;
  return { bytes: Buffer.concat([Buffer.from(head, 'latin1'), body]), trusted };
}

it(`answers ${total} hostile requests without a fault, and tells nobody what is another's`, {
  timeout: 120_000,
}, async () => {
  const chance = chanceOf(seed);
  const before = stateOf(file);
  const faults: string[] = [];
  const statuses = new Map<string, number>();
  for (let done = 0; done < total; done += beside) {
    await Promise.all(
      Array.from({ length: beside }, async () => {
        const toAgent = chance.once(2);
        const { bytes, trusted } = hostile(chance, toAgent);
        const client = await RawClient.to(toAgent ? (agent.address() as AddressInfo).port : running.port);
        client.send(bytes);
        client.socket.end();
        await client.ended;
        const status = /^HTTP\/1\.1 (\d{3})/.exec(client.text)?.[1] ?? 'none';
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const shown = bytes.toString('latin1').slice(0, 1_500);
        if (status.startsWith('5')) faults.push(`${client.text.slice(0, 300)} <- ${shown}`);
        if (!trusted && client.text.includes(userData)) faults.push(`told a stranger <- ${shown}`);
        if (/access-control|location:/i.test(client.text)) faults.push(`leads on <- ${shown}`);
      }),
    );
  }
  expect(faults.slice(0, 10)).toEqual([]);
  expect([...statuses.keys()]).toEqual(expect.arrayContaining(['200', '400', '403', '404', '405', '413']));
  expect(stateOf(file)).toBe(before);
  expect(running.lines.filter((line) => line.level === 'error')).toEqual([]);
});

it('hangs up on who sends slowly', async () => {
  const client = await RawClient.to((agent.address() as AddressInfo).port);
  client.send('GET /latest/meta-data/ HTTP/1.1\r\nX-Instance-ID: ');
  expect(await client.answer()).toMatchObject({ status: 408 });
  client.close();
});

it('still answers who asks properly', async () => {
  const signature = createHmac('sha256', secret).update(server).digest('hex');
  const head = `GET /latest/user-data HTTP/1.1\r\nHost: x\r\nX-Instance-ID: ${server}\r\nX-Tenant-ID: p\r\nX-Instance-ID-Signature: ${signature}\r\n\r\n`;
  const answer = await exchange((agent.address() as AddressInfo).port, head);
  expect(answer).toMatchObject({ status: 200, body: userData });
});
