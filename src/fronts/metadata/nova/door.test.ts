import type { Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../../test/support/log.ts';
import { otherAccount, type TestWorld, testAccount, testWorld } from '../../../../test/support/world.ts';
import { write } from '../../../cloud/context/writing.ts';
import { launched } from '../../../cloud/instance/instance.fixture.ts';
import { instance as instanceResource } from '../../../cloud/instance/instance.ts';
import { DriverError } from '../../../ports/driver.ts';
import { httpLimits } from '../../http/limits.ts';
import { createNovaListener } from '../listener.ts';
import { createMetadata } from '../service.ts';
import {
  askOf,
  closed,
  listening,
  type NovaAnswers,
  pretendNova,
  project,
  secret,
  signatureOf,
  signed,
  usualAnswers,
} from './agent.fixture.ts';
import { createNovaMetadata, type NovaMetadata } from './passOn.ts';
import { createWhose } from './whose.ts';

/** Nova's ids of servers by ours, and one that is nobody's. */
const ids = new Map<string, string>();
const [known, strict, off, foreign] = ['n-known', 'n-strict', 'n-off', 'n-foreign'];

let w: TestWorld;
const nova = pretendNova();
const { heard } = nova;
let passing: NovaMetadata;
let door: Server;
let troubles: Error[] = [];
/** Accounts whose instances were brought up to what others made. */
const caughtUp: string[] = [];

function listener(nova: NovaMetadata | undefined, machineOf?: (native: string) => Promise<string | undefined>): Server {
  const metadata = createMetadata({ world: w.world, clock: w.clock });
  const whose = createWhose({
    metadata,
    region: 'us-east-1',
    clock: w.clock,
    log: silentLog,
    catchUp: async (account) => void caughtUp.push(account),
    foreign: {
      machineOf: machineOf ?? (async (native) => ids.get(native)),
      projectOf: async (account) => (account === testAccount ? project : undefined),
      accountOf: async (of) => (of === project ? testAccount : otherAccount),
    },
  });
  return createNovaListener({ metadata, whose, secret, nova, log: silentLog }, httpLimits);
}

beforeAll(async () => {
  w = await testWorld();
  const launch = async (native: string, options: object) => {
    const [id] = await launched(w, { MetadataOptions: { HttpTokens: 'optional', ...options } });
    ids.set(native, id!);
  };
  await launch(known, {});
  await launch(strict, { HttpTokens: 'required' });
  await launch(off, { HttpEndpoint: 'disabled' });
  passing = createNovaMetadata(`http://127.0.0.1:${await listening(nova.server)}`, (error) => troubles.push(error));
  door = listener(passing);
  await listening(door);
});
afterEach(() => {
  nova.answers = usualAnswers;
  troubles = [];
  heard.length = 0;
});
afterAll(async () => {
  passing.close();
  await closed(door);
  await closed(nova.server);
  await w.close();
});

const ask = (
  path: string,
  headers: Record<string, string | string[]>,
  { to = door, ...sent }: { readonly method?: string; readonly body?: string; readonly to?: Server } = {},
) => askOf(to, path, headers, sent);

describe('a request of Neutron’s agent', () => {
  it('gets our tree for a server of ours', async () => {
    const answer = await ask('/latest/meta-data/instance-id', signed(known));
    expect(answer).toMatchObject({ status: 200, text: ids.get(known) });
    expect(answer.headers['content-type']).toBe('text/plain');
    expect((await ask('/', signed(known))).text).toMatch(/^1\.0\n[\s\S]*\nlatest$/);
    expect(await ask('/latest/meta-data/ami-id', signed(known), { method: 'HEAD' })).toMatchObject({
      status: 200,
      text: '',
    });
    expect(heard).toEqual([]);
  });

  it('is refused as Nova does without what it has to say, or signed by another', async () => {
    const without = (name: string) => Object.fromEntries(Object.entries(signed(known)).filter(([key]) => key !== name));
    for (const name of ['x-instance-id', 'x-tenant-id', 'x-instance-id-signature'])
      for (const path of ['/', '/latest/meta-data/', '/openstack/latest/meta_data.json'])
        expect([name, (await ask(path, without(name))).status]).toEqual([name, 400]);
    const right = signatureOf(known);
    for (const signature of [
      signatureOf(known, 'other'),
      signatureOf(strict),
      right.slice(1),
      `${right}0`,
      'ü',
      'x'.repeat(64),
    ])
      for (const path of ['/latest/meta-data/', '/openstack'])
        expect((await ask(path, { ...signed(known), 'x-instance-id-signature': signature })).status).toBe(403);
    const twice = { ...signed(known), 'x-instance-id': [known, strict] };
    expect((await ask('/latest/meta-data/', twice)).status).toBe(400);
    expect(heard).toEqual([]);
  });

  it('is 404 for an instance of another project, in either tree', async () => {
    const other = { ...signed(known), 'x-tenant-id': 'project-2' };
    for (const path of ['/latest/user-data', '/openstack/latest/user_data'])
      expect((await ask(path, other)).status).toBe(404);
    expect(heard).toEqual([]);
  });

  it('carries no token: who needs none goes on without, who needs one is refused', async () => {
    expect((await ask('/latest/api/token', signed(known), { method: 'PUT' })).status).toBe(404);
    expect((await ask('/latest/api/token', signed(known))).status).toBe(404);
    expect((await ask('/latest/meta-data/', signed(strict))).status).toBe(403);
    expect((await ask('/latest/meta-data/', signed(known), { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it('may carry one, where another proxy passes the guest’s headers on', async () => {
    const put = (more: object = {}) =>
      ask(
        '/latest/api/token',
        { ...signed(strict), 'x-aws-ec2-metadata-token-ttl-seconds': '60', ...more },
        { method: 'PUT' },
      );
    const { status, text, headers } = await put();
    expect([status, headers['x-aws-ec2-metadata-token-ttl-seconds']]).toEqual([200, '60']);
    const path = '/latest/meta-data/instance-id';
    const withToken = (server: string, token: string) =>
      ask(path, { ...signed(server), 'x-aws-ec2-metadata-token': token });
    expect(await withToken(strict, text)).toMatchObject({ status: 200, text: ids.get(strict) });
    expect((await withToken(known, text)).status).toBe(401);
    expect((await withToken(strict, 'x')).status).toBe(401);
    // The agent names one address, the guest's; two say that somebody stands between.
    expect((await put({ 'x-forwarded-for': '10.0.0.9, 10.0.0.5' })).status).toBe(403);
    expect((await put({ 'x-aws-ec2-metadata-token-ttl-seconds': '0' })).status).toBe(400);
  });

  it('is refused in either tree where the instance’s metadata is off', async () => {
    expect((await ask('/latest/meta-data/', signed(off))).status).toBe(403);
    expect((await ask('/openstack/latest/meta_data.json', signed(off))).status).toBe(403);
    expect(heard).toEqual([]);
  });
});

describe('what is Nova’s', () => {
  it('is passed on as it came, with what Neutron says of it', async () => {
    const cookie = { cookie: 'a=b', 'x-aws-ec2-metadata-token': 'x' };
    const answer = await ask('/openstack/latest/meta_data.json?a=b', { ...signed(known), ...cookie });
    expect(answer).toMatchObject({ status: 200, text: 'nova /openstack/latest/meta_data.json?a=b' });
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['x-more']).toBeUndefined();
    expect(heard[0]!.headers).toMatchObject(signed(known));
    expect(heard[0]!.headers.cookie).toBeUndefined();
    await ask(
      '/openstack/latest/password',
      { ...signed(known), 'content-type': 'text/plain' },
      { method: 'POST', body: 'secret' },
    );
    expect(heard[1]).toMatchObject({ method: 'POST', body: 'secret', headers: { 'content-type': 'text/plain' } });
    expect((await ask('/openstack', signed(known))).text).toBe('nova /openstack');
  });

  it('are also servers that we do not know', async () => {
    for (const path of ['/', '/latest/meta-data/instance-id', '/2009-04-04/user-data'])
      expect((await ask(path, signed(foreign))).text).toBe(`nova ${path}`);
  });

  it('is asked of our instances once a minute, and only where the project uses this API', async () => {
    caughtUp.length = 0;
    const of = (server: string, more: object = {}) => ask('/latest/meta-data/', { ...signed(server), ...more });
    for (let i = 0; i < 3; i++) expect((await of('n-new')).text).toBe('nova /latest/meta-data/');
    expect((await of('n-elsewhere', { 'x-tenant-id': 'project-2' })).status).toBe(200);
    expect(caughtUp).toEqual([testAccount]);
    await w.clock.advance(60_000);
    await of('n-new');
    expect(caughtUp).toEqual([testAccount, testAccount]);
  });

  it('gets its own status, unless it would lead elsewhere', async () => {
    for (const status of [400, 404, 409, 500]) {
      nova.answers = (response) => void response.writeHead(status).end();
      expect((await ask('/openstack/x', signed(known))).status).toBe(status);
    }
    nova.answers = (response) => void response.writeHead(302, { location: 'http://evil.example/' }).end();
    const answer = await ask('/openstack/x', signed(known));
    expect([answer.status, answer.headers.location]).toEqual([502, undefined]);
  });

  it('is 503 when Nova hangs up, stops in the middle or says too much', async () => {
    nova.answers = (response) => void response.destroy();
    expect((await ask('/openstack/x', signed(known))).status).toBe(503);
    nova.answers = (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => response.destroy(), 20);
    };
    expect((await ask('/openstack/x', signed(known))).status).toBe(503);
    nova.answers = (response) => void response.writeHead(200).end(Buffer.alloc(9 << 20));
    expect((await ask('/openstack/x', signed(known))).status).toBe(503);
    expect(troubles).toHaveLength(3);
    expect((await ask('/openstack/x', signed(known))).status).toBe(503);
    nova.answers = usualAnswers;
    expect((await ask('/openstack/x', signed(known))).status).toBe(200);
  });

  it('is 404 where the server was not told of it; a body that no guest needs is refused', async () => {
    const alone = listener(undefined);
    await listening(alone);
    expect((await ask('/openstack', signed(known), { to: alone })).status).toBe(404);
    expect((await ask('/latest/meta-data/', signed(foreign), { to: alone })).status).toBe(404);
    expect((await ask('/latest/meta-data/', signed(known), { to: alone })).status).toBe(200);
    await closed(alone);
    const large = { method: 'POST', body: 'x'.repeat(64 * 1024 + 1) };
    expect((await ask('/openstack/latest/password', signed(known), large)).status).toBe(413);
    expect(heard).toEqual([]);
  });
});

describe('a server that others made', () => {
  const key = 'ssh-ed25519 AAAAC3Nz name of Nova';
  /** Nova's own tree, as far as we ask for it. */
  const lending: NovaAnswers = (response, url) => {
    if (url === '/latest/user-data') response.end('of Nova');
    else if (url === '/latest/meta-data/public-keys/0/openssh-key') response.end(key);
    else response.writeHead(404).end();
  };
  const adopted = 'n-adopted';

  beforeAll(async () => {
    const [id] = await launched(w, { MetadataOptions: { HttpTokens: 'optional' } });
    const scope = { account: testAccount, region: 'us-east-1' };
    await write(w.world, scope, async (tx) => {
      const row = await tx.need(instanceResource, id!);
      await tx.update(instanceResource, row, {
        adopted: true,
        keyName: 'k',
        userData: undefined,
        publicKey: undefined,
      });
    });
    ids.set(adopted, id!);
  });

  it('hears its id of us, and of Nova what only Nova knows', async () => {
    nova.answers = lending;
    const get = async (path: string) => (await ask(path, signed(adopted))).text;
    expect(await get('/latest/meta-data/instance-id')).toBe(ids.get(adopted));
    expect(heard).toEqual([]);
    expect(await get('/latest/user-data')).toBe('of Nova');
    expect(await get('/latest/')).toContain('user-data');
    expect(await get('/latest/meta-data/')).toContain('public-keys/');
    expect(await get('/latest/meta-data/public-keys/')).toBe('0=k');
    expect(await get('/latest/meta-data/public-keys/0/openssh-key')).toBe('ssh-ed25519 AAAAC3Nz k\n');
    for (const { headers } of heard) expect(headers).toMatchObject(signed(adopted));
  });

  it('has neither where Nova says so, and is told to wait where Nova says nothing', async () => {
    nova.answers = (response) => void response.writeHead(404).end();
    expect((await ask('/latest/user-data', signed(adopted))).status).toBe(404);
    expect((await ask('/latest/meta-data/', signed(adopted))).text).not.toContain('public-keys');
    nova.answers = (response) => void response.destroy();
    expect((await ask('/latest/user-data', signed(adopted))).status).toBe(503);
    expect((await ask('/latest/meta-data/ami-id', signed(adopted))).status).toBe(200);
  });
});

it('is 503 while the cloud cannot say whose server it is', async () => {
  const unsure = listener(passing, () => Promise.reject(new DriverError('unavailable', 'down')));
  await listening(unsure);
  expect((await ask('/latest/meta-data/', signed(known), { to: unsure })).status).toBe(503);
  await closed(unsure);
});
