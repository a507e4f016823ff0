import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PretendCloud, pretendCloud } from './pretendCloud.fixture.ts';

let cloud: PretendCloud;
beforeEach(async () => {
  cloud = await pretendCloud();
});
afterEach(() => cloud.close());

const get = { service: 'compute', method: 'GET', path: '/x' } as const;
const post = { service: 'compute', method: 'POST', path: '/x', body: {} } as const;
const good = { body: { x: 1 } };

describe('faults of a read', () => {
  it.each([
    ['5xx', { status: 500 }],
    ['a reset', { fault: 'reset' }],
    ['half an answer', { ...good, fault: 'cut', headers: { 'content-length': '7' } }],
    ['half an answer, chunked', { ...good, fault: 'cut' }],
    ['JSON that does not parse', { text: '{"x":' }],
    ['being throttled', { status: 429 }],
  ] as const)('%s is tried again, three times at most', async (_, fault) => {
    cloud.answer('GET /compute/v2.1/x', fault, fault, fault, good);
    const session = cloud.session();
    expect((await session.ask(get)).body).toEqual({ x: 1 });
    expect(cloud.pauses).toEqual([125, 250, 500]);
    cloud.answer('GET /compute/v2.1/x', fault);
    const trouble = 'status' in fault && fault.status === 429 ? 'throttled' : 'unavailable';
    await expect(session.ask(get)).rejects.toMatchObject({ name: 'OpenStackError', trouble });
    expect(cloud.sent('GET /compute/v2.1/x')).toHaveLength(8);
  });

  it('silence is tried again', async () => {
    cloud.answer('GET /compute/v2.1/x', { fault: 'silence' }, good);
    expect((await cloud.session().ask(get)).body).toEqual({ x: 1 });
  });

  it('what the service refuses is not tried again', async () => {
    for (const status of [400, 403, 404, 409, 501]) {
      cloud.answer('GET /compute/v2.1/x', { status });
      await expect(cloud.session().ask(get)).rejects.toMatchObject({ facts: { status } });
    }
    expect(cloud.sent('GET /compute/v2.1/x')).toHaveLength(5);
  });
});

describe('a request that changes something', () => {
  it.each([
    ['5xx', { status: 500 }],
    ['503 that does not say when', { status: 503 }],
    ['a reset', { fault: 'reset' }],
    ['half an answer', { ...good, fault: 'cut' }],
    ['silence', { fault: 'silence' }],
  ] as const)('is not sent again after %s', async (_, fault) => {
    cloud.answer('POST /compute/v2.1/x', fault);
    await expect(cloud.session().ask(post)).rejects.toMatchObject({ trouble: 'unavailable', facts: { reached: true } });
    expect(cloud.sent('POST /compute/v2.1/x')).toHaveLength(1);
  });

  it.each([
    ['503 with Retry-After', { status: 503, headers: { 'retry-after': '2' } }, 2000],
    ['429', { status: 429 }, 125],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '1' } }, 1000],
  ] as const)('is sent again after %s', async (_, fault, pause) => {
    cloud.answer('POST /compute/v2.1/x', fault, good);
    expect((await cloud.session().ask(post)).body).toEqual({ x: 1 });
    expect(cloud.pauses).toEqual([pause]);
  });

  it('is sent again like a read when it is said to be safe', async () => {
    cloud.answer('POST /compute/v2.1/x', { fault: 'reset' }, good);
    expect((await cloud.session().ask({ ...post, safe: true })).body).toEqual({ x: 1 });
  });
});

it('a service that is not there was surely not reached', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const session = cloud.session({ type: 'token', url: `http://127.0.0.1:${port}/v3`, token: 't' });
  await expect(session.ask(post)).rejects.toMatchObject({ trouble: 'unavailable', facts: { reached: false } });
  expect(cloud.pauses).toEqual([125, 250, 500]);
});

it('a service that asks for too much patience is left to the caller', async () => {
  cloud.answer('GET /compute/v2.1/x', { status: 429, headers: { 'retry-after': '60' } });
  await expect(cloud.session().ask(get)).rejects.toMatchObject({
    trouble: 'throttled',
    facts: { retryAfterMs: 60_000 },
  });
  expect(cloud.pauses).toEqual([]);
});

it('a call that is stopped ends at once, in a request', async () => {
  cloud.answer('GET /compute/v2.1/x', { fault: 'silence' });
  const session = cloud.session();
  await session.token();
  const asked = session.ask({ ...get, signal: AbortSignal.timeout(30) });
  await expect(asked).rejects.toMatchObject({
    trouble: 'unavailable',
    message: 'compute gave no answer: the call was stopped',
  });
  expect(cloud.sent('GET /compute/v2.1/x')).toHaveLength(1);
});
