import { expect, it } from 'vitest';
import { troubleOf } from '../contract/driver/harness.ts';
import { faultSuite } from './support/faultSuite.ts';
import { callOf, gone, interfaceOf, persist, seenBy } from './support/faultsBench.ts';

const on = faultSuite();

const serversPath = /\/servers$/;
const serverPath = /\/servers\/[^/]+$/;
const haProxy = '<html><body><h1>503 Service Unavailable</h1>No server is available.</body></html>';

it('a launch asks for two things, and a look once', async () => {
  const { id, spec } = on.make.machine();
  await on.at.driver.networks?.home(callOf());
  on.at.proxy.clear();
  await on.at.driver.compute.ensure(id, spec, callOf());
  expect(on.at.proxy.passed.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v2.0/ports',
    'POST /v2.1/servers',
  ]);
  let looks = 0;
  await persist(async () => {
    looks += 1;
    return (await on.at.driver.compute.look(id, callOf()))!;
  });
  expect(on.at.proxy.passed).toHaveLength(2 + looks);
  expect(await on.at.driver.compute.look(id, callOf())).toEqual({ settled: true, power: 'on' });
  expect(on.at.proxy.passed).toHaveLength(2 + looks + 1);
});

it('a launch of a driver that knows nothing yet asks for at most eight things', async () => {
  const { id, spec } = on.make.machine();
  const fresh = await on.at.start();
  on.at.proxy.clear();
  await fresh.compute.ensure(id, spec, callOf());
  expect(on.at.proxy.count({ service: 'identity' })).toBe(1);
  expect(on.at.proxy.passed.length).toBeLessThanOrEqual(8);
});

it('slow services are waited for', async () => {
  const { id, ensure } = on.make.machine();
  on.at.proxy.fail({ times: 8, fault: { kind: 'slow', ms: 1_500 } });
  expect(await persist(ensure)).toEqual({ seen: { settled: true, power: 'on' }, troubles: [] });
  await on.make.isOne(id);
});

it('a 5xx once is not seen where a request may be repeated, and leaves one thing where not', async () => {
  const { id, ensure } = on.make.machine();
  on.at.proxy.fail(
    { service: 'network', method: 'POST', fault: { kind: 'status', status: 500, body: { NeutronError: 'x' } } },
    { service: 'compute', method: 'POST', fault: { kind: 'status', status: 502, body: haProxy } },
    { service: 'compute', method: 'GET', path: serverPath, fault: { kind: 'status', status: 503, body: haProxy } },
  );
  expect((await persist(ensure)).troubles).toEqual(['unavailable', 'unavailable']);
  await on.make.isOne(id);
});

it('while a service answers 5xx nobody says that a thing is gone', async () => {
  const { id, ensure } = on.make.machine();
  await persist(ensure);
  for (const status of [500, 503, 404]) {
    on.at.proxy.fail({ service: 'compute', times: 50, fault: { kind: 'status', status, body: haProxy } });
    expect(await troubleOf(on.at.driver.compute.look(id, callOf()))).toBe('unavailable');
    expect(await troubleOf(on.at.driver.compute.absent(id, callOf()))).toBe('unavailable');
    expect(await troubleOf(ensure())).toBe('unavailable');
    on.at.proxy.clear();
  }
  await on.make.isOne(id);
  expect(await on.at.driver.compute.look(id, callOf())).toEqual({ settled: true, power: 'on' });
  on.at.proxy.fail({ service: 'network', times: 4, fault: { kind: 'status', status: 503, body: haProxy } });
  expect((await gone(on.at.driver.compute, id)).troubles).toEqual(['unavailable']);
  await on.make.isNone(id);
});

it('while Keystone is down, or at odds with itself, those who have a token go on, and the others say so', async () => {
  const { id, ensure } = on.make.machine({ interfaces: [] });
  await persist(ensure);
  const newcomer = await on.at.start();
  on.at.proxy.fail({ service: 'identity', times: 50, fault: { kind: 'status', status: 503, body: haProxy } });
  expect(await on.at.driver.compute.look(id, callOf())).toEqual({ settled: true, power: 'on' });
  expect(await troubleOf(newcomer.compute.look(id, callOf()))).toBe('unavailable');
  on.at.proxy.clear();
  // A conflict over there is none about the machine.
  on.at.proxy.fail({ service: 'identity', method: 'POST', fault: { kind: 'status', status: 409 } });
  expect(await troubleOf(newcomer.compute.look(id, callOf()))).toBe('unavailable');
  expect(await newcomer.compute.look(id, callOf())).toEqual({ settled: true, power: 'on' });
});

it('a service that throttles is left alone for as long as it asks, if that is not long', async () => {
  const { id, ensure } = on.make.machine();
  const slower = (seconds: number) =>
    ({ kind: 'status', status: 429, headers: { 'retry-after': `${seconds}` } }) as const;
  on.at.proxy.fail({ service: 'compute', method: 'POST', fault: slower(60) });
  expect(await troubleOf(ensure())).toBe('throttled');
  on.at.proxy.fail({ service: 'compute', method: 'POST', fault: slower(2) });
  const began = Date.now();
  expect((await persist(ensure)).troubles).toEqual([]);
  expect(Date.now() - began).toBeGreaterThanOrEqual(2_000);
  on.at.proxy.fail({
    service: 'compute',
    fault: { kind: 'status', status: 413, body: { overLimit: { message: 'slow' } } },
  });
  expect(await on.at.driver.compute.look(id, callOf())).toMatchObject({ settled: true });
  await on.make.isOne(id);
});

it('a conflict is tried again', async () => {
  const { id, ensure } = on.make.machine();
  const busy = { conflictingRequest: { code: 409, message: 'Cannot do that while it is in task_state x' } };
  const conflict = { kind: 'status', status: 409, body: busy } as const;
  on.at.proxy.fail({ service: 'compute', method: 'POST', fault: conflict });
  expect((await persist(ensure)).troubles).toEqual(['conflict']);
  await on.make.isOne(id);
  on.at.proxy.fail({ service: 'compute', method: 'DELETE', fault: conflict });
  expect((await gone(on.at.driver.compute, id)).troubles).toEqual(['conflict']);
  await on.make.isNone(id);
});

it('half an answer is none', async () => {
  const { id, ensure } = on.make.machine();
  on.at.proxy.fail(
    { service: 'network', method: 'POST', fault: { kind: 'half' } },
    { service: 'compute', method: 'POST', fault: { kind: 'half' } },
    { service: 'compute', method: 'GET', fault: { kind: 'half' } },
  );
  expect((await persist(ensure)).troubles).toEqual(['unavailable', 'unavailable']);
  await on.make.isOne(id);
});

it('who gets no answer waits no longer than the time-out, or than the call', async () => {
  const { id, spec } = on.make.machine();
  const hasty = await on.at.start({ timeouts: { connect: 5_000, headers: 6_000, body: 6_000 } });
  on.at.proxy.fail(
    { service: 'compute', method: 'POST', fault: { kind: 'silent' } },
    { service: 'compute', method: 'GET', path: serverPath, fault: { kind: 'silent' } },
  );
  expect((await persist(() => hasty.compute.ensure(id, spec, callOf()))).troubles).toEqual(['unavailable']);
  await on.make.isOne(id);
  on.at.proxy.fail({ service: 'compute', times: 9, fault: { kind: 'silent' } });
  const began = Date.now();
  expect(await troubleOf(on.at.driver.compute.look(id, callOf(AbortSignal.timeout(500))))).toBe('unavailable');
  expect(Date.now() - began).toBeLessThan(3_000);
});

it('lost replies to a launch and to its end leave one machine, then none', async () => {
  const { id, ensure } = on.make.machine({ interfaces: [interfaceOf(), interfaceOf()] });
  const lost = { kind: 'lost' } as const;
  on.at.proxy.fail(
    { service: 'network', method: 'POST', path: /ports$/, times: 2, fault: lost },
    { service: 'compute', method: 'POST', path: serversPath, fault: lost },
  );
  expect((await persist(ensure)).troubles).toEqual(['unavailable', 'unavailable', 'unavailable']);
  await on.make.isOne(id, 2);
  on.at.proxy.fail(
    { service: 'compute', method: 'DELETE', times: 2, fault: lost },
    { service: 'network', method: 'DELETE', times: 2, fault: lost },
  );
  await gone(on.at.driver.compute, id);
  await on.make.isNone(id);
});

it('a machine whose making nobody heard of is taken away whole', async () => {
  const { id, ensure } = on.make.machine();
  on.at.proxy.fail({ service: 'compute', method: 'POST', path: serversPath, fault: { kind: 'lost' } });
  expect(await troubleOf(ensure())).toBe('unavailable');
  await on.make.isOne(id);
  await gone(on.at.driver.compute, id);
  await on.make.isNone(id);
});

it('lost replies and conflicts about volumes and snapshots leave one of each, then none', async () => {
  const { driver, proxy } = on.at;
  const lost = { kind: 'lost' } as const;
  const busy = { conflictingRequest: { code: 409, message: 'The resource was changed by another request' } };
  const faults = [{ kind: 'status', status: 409, body: busy }, lost] as const;
  const fail = (method: string, path: RegExp) =>
    proxy.fail(...faults.map((fault) => ({ service: 'block-storage', method, path, fault }) as const));
  const source = on.make.volume();
  fail('POST', /volumes$/);
  expect((await persist(source.ensure)).troubles).toEqual(['conflict', 'unavailable']);
  expect(await seenBy(on.eyes).volumes(source.id)).toHaveLength(1);

  const snapshot = on.make.snapshot(source.id);
  fail('POST', /snapshots$/);
  expect((await persist(snapshot.ensure)).troubles).toEqual(['conflict', 'unavailable']);
  expect(await seenBy(on.eyes).snapshots(snapshot.id)).toHaveLength(1);

  // A deletion whose reply is lost is asked for again at once.
  fail('DELETE', /snapshots\//);
  expect((await gone(driver.snapshots, snapshot.id)).troubles).toEqual(['conflict']);
  fail('DELETE', /volumes\//);
  expect((await gone(driver.volumes, source.id)).troubles).toEqual(['conflict']);
  expect(await seenBy(on.eyes).snapshots(snapshot.id)).toEqual([]);
  expect(await seenBy(on.eyes).volumes(source.id)).toEqual([]);
});
