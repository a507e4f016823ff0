import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PretendCloud, password, pretendCloud } from './pretendCloud.fixture.ts';

let cloud: PretendCloud;
beforeEach(async () => {
  cloud = await pretendCloud();
});
afterEach(() => cloud.close());

const servers = 'GET /compute/v2.1/servers';
const tokens = 'POST /v3/auth/tokens';
const ask = { service: 'compute', method: 'GET', path: '/servers' } as const;
const none = { body: { servers: [] } };

it('authenticates once for many requests at the same time', async () => {
  cloud.answer(servers, none);
  const session = cloud.session();
  await Promise.all(Array.from({ length: 20 }, () => session.ask(ask)));
  expect(cloud.sent(tokens)).toHaveLength(1);
  expect(cloud.sent(servers).map((request) => request.headers['x-auth-token'])).toEqual(Array(20).fill('token-1'));
});

it('sends what Keystone documents for each kind of proof', async () => {
  const url = `${cloud.url}/v3`;
  await cloud.session().token();
  await cloud.session({ type: 'application-credential', url, credential: { id: 'c1' }, secret: 's' }).token();
  await cloud.session({ type: 'token', url, token: 't', project: { name: 'demo', domain: { name: 'D' } } }).token();
  expect(cloud.sent(tokens).map((request) => JSON.parse(request.body))).toEqual([
    {
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'me', domain: { id: 'default' }, password: 'hunter2' } },
        },
        scope: { project: { id: 'p1' } },
      },
    },
    { auth: { identity: { methods: ['application_credential'], application_credential: { id: 'c1', secret: 's' } } } },
    {
      auth: {
        identity: { methods: ['token'], token: { id: 't' } },
        scope: { project: { name: 'demo', domain: { name: 'D' } } },
      },
    },
  ]);
});

describe('a token', () => {
  it('is renewed before it ends', async () => {
    cloud.answer(servers, none);
    const session = cloud.session();
    await session.ask(ask);
    cloud.pass(3_600_000 - 119_000);
    await session.ask(ask);
    expect(cloud.sent(servers).map((request) => request.headers['x-auth-token'])).toEqual(['token-1', 'token-2']);
  });

  it('is used to its end while Keystone is away', async () => {
    cloud.answer(servers, none);
    const session = cloud.session();
    await session.ask(ask);
    cloud.answer(tokens, { status: 500 });
    cloud.pass(3_600_000 - 119_000);
    await session.ask(ask);
    expect(cloud.sent(servers).map((request) => request.headers['x-auth-token'])).toEqual(['token-1', 'token-1']);
    cloud.pass(120_000);
    await expect(session.ask(ask)).rejects.toMatchObject({ trouble: 'unavailable' });
  });

  it('is renewed once after it was refused', async () => {
    cloud.answer(servers, { status: 401 }, none);
    await cloud.session().ask(ask);
    expect(cloud.sent(servers).map((request) => request.headers['x-auth-token'])).toEqual(['token-1', 'token-2']);
  });

  it('is not renewed again and again', async () => {
    cloud.answer(servers, { status: 401 });
    await expect(cloud.session().ask(ask)).rejects.toMatchObject({ trouble: 'denied' });
    expect(cloud.sent(tokens)).toHaveLength(2);
    expect(cloud.sent(servers)).toHaveLength(2);
  });
});

it('a refused password is asked for once, and is said without the password', async () => {
  cloud.answer(tokens, { status: 401, body: { error: { code: 401, title: 'Unauthorized', message: 'no' } } });
  const refused = await cloud
    .session()
    .ask(ask)
    .catch((error: Error) => error);
  expect(refused).toMatchObject({
    trouble: 'unavailable',
    message: 'Keystone refuses the user of this server: identity answered 401: Unauthorized: no (req-1)',
  });
  expect(cloud.sent(tokens)).toHaveLength(1);
  expect(JSON.stringify(cloud.logged)).not.toContain('hunter2');
});

it.each([404, 409])('a %i of Keystone is none of the service', async (status) => {
  cloud.answer(tokens, { status, text: 'not like this' });
  const refused = await cloud
    .session()
    .ask(ask)
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ trouble: 'unavailable', facts: { service: 'identity', reached: false } });
  expect(refused).not.toMatchObject({ facts: { status } });
});

it('one request that is stopped leaves the authentication to the others', async () => {
  cloud.answer(servers, none);
  const session = cloud.session();
  const stop = new AbortController();
  const stopped = session.ask({ ...ask, signal: stop.signal });
  const other = session.ask(ask);
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ trouble: 'unavailable' });
  expect((await other).body).toEqual({ servers: [] });
  expect(cloud.sent(tokens)).toHaveLength(1);
});

it('somebody else’s token is sent as it is, and nobody authenticates for it', async () => {
  cloud.answer(servers, none, { status: 401 }, { status: 401 });
  const mine = cloud.session();
  const theirs = { ...(await mine.token()), id: 'theirs' };
  const session = mine.withToken(theirs);
  await session.ask(ask);
  expect(cloud.sent(servers).map(({ headers }) => headers['x-auth-token'])).toEqual(['theirs']);
  // One that is no good any more is asked with no more.
  await expect(session.ask(ask)).rejects.toThrow();
  expect(cloud.sent(tokens)).toHaveLength(1);
});

describe('in another project', () => {
  it('the same user has another token', async () => {
    cloud.answer(servers, none);
    const session = cloud.session();
    expect(session.scopedTo('p2')).toBe(session.scopedTo('p2'));
    await Promise.all([session.scopedTo('p2').ask(ask), session.scopedTo('p2').ask(ask), session.ask(ask)]);
    expect(cloud.sent(tokens).map((request) => JSON.parse(request.body).auth.scope)).toEqual([
      { project: { id: 'p2' } },
      { project: { id: 'p1' } },
    ]);
    expect((await session.scopedTo('p2').token()).projectId).toBe('p2');
  });

  it('a user that Keystone lets in at home only is denied, one that it lets in nowhere is in trouble', async () => {
    const refusal = { status: 401, body: { error: { code: 401, title: 'Unauthorized', message: 'no' } } };
    const session = cloud.session();
    await session.token();
    cloud.answer(tokens, refusal);
    await expect(session.scopedTo('p2').ask(ask)).rejects.toMatchObject({
      trouble: 'denied',
      message: expect.stringContaining('may not work in the project p2'),
    });
    await expect(cloud.session().scopedTo('p2').ask(ask)).rejects.toMatchObject({
      trouble: 'unavailable',
      message: expect.stringContaining('refuses the user of this server'),
    });
  });

  it('an application credential is of no use', async () => {
    const auth = {
      type: 'application-credential',
      url: `${cloud.url}/v3`,
      credential: { id: 'c' },
      secret: 's',
    } as const;
    await expect(cloud.session(auth).scopedTo('p2').token()).rejects.toMatchObject({ trouble: 'denied' });
    expect((await cloud.session(auth).scopedTo('p1').token()).projectId).toBe('p1');
  });
});

it('microversions, our request id, and what is logged', async () => {
  cloud.answer(servers, none);
  cloud.answer('GET /volume/v3/p1/volumes', { body: {} });
  const session = cloud.session();
  await session.ask({ ...ask, query: { limit: 1, id: ['a', 'b'], name: undefined }, microversion: '2.69' });
  await session.ask({ service: 'block-storage', method: 'GET', path: '/volumes', microversion: '3.60' });
  const [compute] = cloud.sent(servers);
  expect(compute?.headers).toMatchObject({
    'x-openstack-nova-api-version': '2.69',
    'openstack-api-version': 'compute 2.69',
    'x-openstack-request-id': 'req-aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa',
  });
  expect(compute?.query.toString()).toBe('limit=1&id=a&id=b');
  expect(cloud.sent('GET /volume/v3/p1/volumes')[0]?.headers['openstack-api-version']).toBe('volume 3.60');
  expect(cloud.logged[1]).toEqual({
    service: 'compute',
    method: 'GET',
    path: '/compute/v2.1/servers',
    status: 200,
    requestId: 'req-1',
    globalId: 'req-aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa',
    ms: 0,
  });
});

it('connections are used again', async () => {
  cloud.answer(servers, none);
  const session = cloud.session(password(cloud.url));
  for (let n = 0; n < 5; n++) await session.ask(ask);
  expect(new Set(cloud.seen.map((request) => request.headers.connection))).toEqual(new Set(['keep-alive']));
});
