import { expect, it } from 'vitest';
import { troubleOf } from '../contract/driver/harness.ts';
import { faultSuite } from './support/faultSuite.ts';
import { callOf, cloud, gone, persist, seenBy, zone } from './support/faultsBench.ts';

const on = faultSuite();

/** Something that a test lets happen when it likes. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const serversPath = /\/servers$/;

it('a port that comes late, while it is asked for again, is the machine’s', async () => {
  const { id, ensure } = on.make.machine();
  const later = gate();
  on.at.proxy.fail(
    { service: 'network', method: 'POST', path: /ports$/, fault: { kind: 'late', until: later.opened } },
    { service: 'network', method: 'POST', path: /ports$/, fault: { kind: 'slow', ms: 4_000 } },
  );
  expect(await troubleOf(ensure())).toBe('unavailable');
  const again = persist(ensure);
  await expect.poll(() => on.at.proxy.count({ service: 'network', method: 'POST' }), { timeout: 10_000 }).toBe(2);
  later.open();
  expect((await again).troubles).toEqual([]);
  await on.make.isOne(id);
});

it('of two servers, because the first came late, one stays', async () => {
  const { id, ensure } = on.make.machine({ interfaces: [] });
  const later = gate();
  on.at.proxy.fail({
    service: 'compute',
    method: 'POST',
    path: serversPath,
    fault: { kind: 'late', until: later.opened },
  });
  expect(await troubleOf(ensure())).toBe('unavailable');
  expect(await ensure()).toMatchObject({ settled: false });
  later.open();
  await on.at.proxy.idle();
  expect(await seenBy(on.eyes).servers(id)).toHaveLength(2);
  expect((await persist(ensure)).troubles).toEqual([]);
  await expect.poll(() => seenBy(on.eyes).servers(id), { timeout: 20_000 }).toHaveLength(1);
  expect(await on.at.driver.compute.look(id, callOf())).toEqual({ settled: true, power: 'on' });
});

it('a server that only has the name of a machine is not touched', async () => {
  const { id, ensure } = on.make.machine({ interfaces: [] });
  const asked = { name: id, imageRef: cloud.image.id, flavorRef: cloud.flavors[0]!.id };
  const server = { ...asked, networks: [{ uuid: cloud.networks.demo.id }], availability_zone: zone };
  type Made = { readonly server: { readonly id: string } };
  const answer = await on.eyes.demo.ask<Made>('compute', '/servers', { method: 'POST', body: { server } });
  expect(answer.status).toBe(202);
  const theirs = answer.body.server.id;
  try {
    on.at.proxy.fail({ service: 'compute', method: 'POST', path: serversPath, fault: { kind: 'lost' } });
    expect((await persist(ensure)).troubles).toEqual(['unavailable']);
    expect(await seenBy(on.eyes).servers(id)).toHaveLength(2);
    await gone(on.at.driver.compute, id);
    // Nova’s lists show a server for a moment after it is gone.
    await expect.poll(() => seenBy(on.eyes).servers(id), { timeout: 20_000 }).toEqual([theirs]);
  } finally {
    await on.eyes.demo.ask('compute', `/servers/${theirs}`, { method: 'DELETE' });
  }
  await expect.poll(() => seenBy(on.eyes).servers(id), { timeout: 60_000 }).toEqual([]);
});

it('of two servers, because the first came very late, none stays at the end', async () => {
  const { id, ensure } = on.make.machine({ interfaces: [] });
  const later = gate();
  on.at.proxy.fail({
    service: 'compute',
    method: 'POST',
    path: serversPath,
    fault: { kind: 'late', until: later.opened },
  });
  expect((await persist(ensure)).troubles).toEqual(['unavailable']);
  later.open();
  await on.at.proxy.idle();
  expect(await seenBy(on.eyes).servers(id)).toHaveLength(2);
  await gone(on.at.driver.compute, id);
  await on.make.isNone(id);
});

it('of two volumes or snapshots, because the first came late, one stays, and none at the end', async () => {
  const { driver, proxy } = on.at;
  const source = on.make.volume();
  const early = gate();
  proxy.fail({ service: 'block-storage', method: 'POST', fault: { kind: 'late', until: early.opened } });
  expect(await troubleOf(source.ensure())).toBe('unavailable');
  expect(await source.ensure()).toMatchObject({ settled: false });
  early.open();
  await proxy.idle();
  expect(await seenBy(on.eyes).volumes(source.id)).toHaveLength(2);
  expect((await persist(source.ensure)).troubles).toEqual([]);
  await expect.poll(() => seenBy(on.eyes).volumes(source.id), { timeout: 20_000 }).toHaveLength(1);

  const snapshot = on.make.snapshot(source.id);
  const late = gate();
  proxy.fail({ service: 'block-storage', method: 'POST', fault: { kind: 'late', until: late.opened } });
  expect((await persist(snapshot.ensure)).troubles).toEqual(['unavailable']);
  late.open();
  await proxy.idle();
  expect(await seenBy(on.eyes).snapshots(snapshot.id)).toHaveLength(2);
  await gone(driver.snapshots, snapshot.id);
  await gone(driver.volumes, source.id);
  expect(await seenBy(on.eyes).snapshots(snapshot.id)).toEqual([]);
  expect(await seenBy(on.eyes).volumes(source.id)).toEqual([]);
});
