import { expect } from 'vitest';
import type { Driver } from '../../../src/ports/driver.ts';
import { type Bench, callOf, idOf, machineOf, settle, troubleOf, volumeOf } from './harness.ts';

type Case = (bench: Bench) => Promise<void>;

/** A machine that runs. */
async function running(bench: Bench, more: Parameters<typeof machineOf>[1] = {}): Promise<string> {
  const id = idOf('i');
  const spec = machineOf(bench, more);
  const call = callOf(bench.region);
  expect(await settle(bench, () => bench.driver.compute.ensure(id, spec, call))).toMatchObject({ power: 'on' });
  return id;
}

/** A volume that is there. */
async function volume(bench: Bench): Promise<string> {
  const id = idOf('vol');
  await settle(bench, () => bench.driver.volumes.ensure(id, volumeOf(bench), callOf(bench.region)));
  return id;
}

async function consoleText(driver: Driver, id: string, region: string): Promise<string> {
  const log = await driver.compute.consoleLog(id, callOf(region));
  return Buffer.from(log?.text ?? []).toString();
}

const gently = { force: false };

/** What holds of machines. */
export const machineCases: Readonly<Record<string, Case>> = {
  'power goes off and on, each time it is asked and only then': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    for (const want of ['off', 'on', 'on', 'off', 'off'] as const) {
      const seen = await settle(bench, () => bench.driver.compute.power(id, want, gently, call));
      expect(seen.power).toBe(want);
      expect(await bench.driver.compute.look(id, call)).toMatchObject({ settled: true, power: want });
    }
  },
  'power goes off by force': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    const off = () => bench.driver.compute.power(id, 'off', { force: true }, call);
    expect(await settle(bench, off)).toMatchObject({ power: 'off' });
  },
  'ensure does not switch a machine on that is off': async (bench) => {
    const id = idOf('i');
    const spec = machineOf(bench);
    const call = callOf(bench.region);
    await settle(bench, () => bench.driver.compute.ensure(id, spec, call));
    await settle(bench, () => bench.driver.compute.power(id, 'off', gently, call));
    expect(await settle(bench, () => bench.driver.compute.ensure(id, spec, call))).toMatchObject({ power: 'off' });
  },
  'a change of power goes on after a restart of the driver': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    await bench.driver.compute.power(id, 'off', gently, call);
    const second = await bench.restart();
    const off = () => second.compute.power(id, 'off', gently, call);
    expect(await settle(bench, off)).toMatchObject({ power: 'off' });
  },
  'power of a machine that is not there is refused': async (bench) => {
    expect(await troubleOf(bench.driver.compute.power(idOf('i'), 'on', gently, callOf(bench.region)))).toBe('invalid');
  },
  'a reboot leaves the machine on, and can be repeated': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    await bench.driver.compute.reboot(id, call);
    await settle(bench, () => bench.driver.compute.reboot(id, call));
    expect(await bench.driver.compute.look(id, call)).toMatchObject({ power: 'on' });
    const again = callOf(bench.region);
    await settle(bench, () => bench.driver.compute.reboot(id, again));
  },
  'a volume is attached and detached, and each can be repeated': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    const disk = { device: '/dev/sdf', volume: await volume(bench) };
    for (let round = 0; round < 2; round++) {
      await bench.driver.compute.attach(id, disk, call);
      await settle(bench, () => bench.driver.compute.attach(id, disk, call));
      expect(await bench.driver.compute.attach(id, disk, call)).toMatchObject({ settled: true });
      await bench.driver.compute.detach(id, disk, gently, call);
      await settle(bench, () => bench.driver.compute.detach(id, disk, gently, call));
      expect(await bench.driver.compute.detach(id, disk, gently, call)).toMatchObject({ settled: true });
    }
  },
  'a volume grows, and that can be repeated': async (bench) => {
    const id = idOf('vol');
    const ensure = (sizeGiB: number) =>
      bench.driver.volumes.ensure(id, volumeOf(bench, { sizeGiB }), callOf(bench.region));
    await settle(bench, () => ensure(1));
    await settle(bench, () => ensure(2));
    expect(await ensure(2)).toMatchObject({ settled: true });
  },
  'a volume grows while a machine has it': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    const disk = { device: '/dev/sdf', volume: await volume(bench) };
    await settle(bench, () => bench.driver.compute.attach(id, disk, call));
    const ensure = () => bench.driver.volumes.ensure(disk.volume, volumeOf(bench, { sizeGiB: 2 }), call);
    await settle(bench, ensure);
    expect(await ensure()).toMatchObject({ settled: true });
    await settle(bench, () => bench.driver.compute.detach(id, disk, { force: true }, call));
  },
  'a volume is attached although the driver restarts': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    const disk = { device: '/dev/sdf', volume: await volume(bench) };
    await bench.driver.compute.attach(id, disk, call);
    const second = await bench.restart();
    await settle(bench, () => second.compute.attach(id, disk, call));
    await settle(bench, () => second.compute.detach(id, disk, { force: true }, call));
  },
  'a disk of the launch can be detached': async (bench) => {
    const disk = { device: '/dev/sdf', volume: await volume(bench) };
    const id = await running(bench, { disks: [disk] });
    const call = callOf(bench.region);
    await settle(bench, () => bench.driver.compute.attach(id, disk, call));
    await settle(bench, () => bench.driver.compute.detach(id, disk, gently, call));
    expect(await bench.driver.compute.detach(id, disk, gently, call)).toMatchObject({ settled: true });
  },
  'an interface is attached and detached, and each can be repeated': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    const [nic] = machineOf(bench).interfaces;
    const attach = (driver = bench.driver) => driver.compute.attachInterface!(id, nic!, call);
    const detach = (driver = bench.driver) => driver.compute.detachInterface!(id, nic!.id, call);
    for (const off of [false, true]) {
      if (off) await settle(bench, () => bench.driver.compute.power(id, 'off', { force: true }, call));
      await settle(bench, attach);
      expect(await attach(await bench.restart())).toMatchObject({ settled: true });
      await settle(bench, detach);
      expect(await detach(await bench.restart())).toMatchObject({ settled: true });
    }
    expect(await bench.driver.compute.detachInterface!(idOf('i'), nic!.id, call)).toMatchObject({ settled: true });
    expect(await troubleOf(bench.driver.compute.attachInterface!(idOf('i'), nic!, call))).toBe('invalid');
  },
  'detaching from a machine that is gone is done': async (bench) => {
    const disk = { device: '/dev/sdf', volume: idOf('vol') };
    const seen = await bench.driver.compute.detach(idOf('i'), disk, gently, callOf(bench.region));
    expect(seen).toMatchObject({ settled: true });
  },
  'what is not there is not attached': async (bench) => {
    const call = callOf(bench.region);
    const attach = (id: string, volumeId: string) =>
      troubleOf(bench.driver.compute.attach(id, { device: '/dev/sdf', volume: volumeId }, call));
    expect(await attach(idOf('i'), await volume(bench))).toBe('invalid');
    expect(await attach(await running(bench), idOf('vol'))).toBe('invalid');
  },
  'a machine that is off becomes one of another type, and each step can be repeated': async (bench) => {
    const id = await running(bench);
    const call = callOf(bench.region);
    await settle(bench, () => bench.driver.compute.power(id, 'off', gently, call));
    let last = bench.driver;
    for (const type of [bench.otherType!, bench.sample.instanceType]) {
      const again = callOf(bench.region);
      expect(await last.compute.resize!(id, type, again)).toMatchObject({ settled: false });
      const next = await bench.restart();
      await settle(bench, () => next.compute.resize!(id, type, again));
      expect(await next.compute.resize!(id, type, again)).toMatchObject({ settled: true });
      expect(await next.compute.resize!(id, type, callOf(bench.region))).toMatchObject({ settled: true });
      expect(await next.compute.look(id, call)).toMatchObject({ settled: true, power: 'off' });
      last = next;
    }
    // What was begun is taken back.
    const begun = callOf(bench.region);
    await last.compute.resize!(id, bench.otherType!, begun);
    await settle(bench, () => last.compute.resize!(id, bench.sample.instanceType, begun));
    await settle(bench, () => last.compute.power(id, 'on', gently, call));
  },
  'a machine that is on, or has a type that there is not, stays as it is': async (bench) => {
    const id = await running(bench);
    const { compute } = bench.driver;
    const resized = (of: string, type: string) => troubleOf(compute.resize!(of, type, callOf(bench.region)));
    expect(await resized(id, bench.otherType!)).toBe('invalid');
    expect(await resized(idOf('i'), bench.otherType!)).toBe('invalid');
    expect(await resized(id, 'z9.none')).toBe('unsupported');
    expect(await compute.look(id, callOf(bench.region))).toMatchObject({ settled: true, power: 'on' });
  },
  'a full zone takes no more, until a place is free': async (bench) => {
    const call = callOf(bench.region);
    const { zone, instanceType } = bench.small;
    const room = () => bench.driver.compute.room(zone, instanceType, call);
    expect(await room()).toBe(2);
    const first = await running(bench, bench.small);
    expect(await room()).toBe(1);
    const second = await running(bench, bench.small);
    expect(await room()).toBe(0);
    const third = idOf('i');
    const launch = () => bench.driver.compute.ensure(third, machineOf(bench, bench.small), call);
    expect(await troubleOf(launch())).toBe('no-capacity');
    expect(await bench.driver.compute.look(third, call)).toBeUndefined();
    await settle(bench, () => bench.driver.compute.power(first, 'off', gently, call));
    await settle(bench, launch);
    expect(await troubleOf(bench.driver.compute.power(first, 'on', gently, call))).toBe('no-capacity');
    expect(await bench.driver.compute.look(first, call)).toMatchObject({ power: 'off', settled: true });
    await settle(bench, () => bench.driver.compute.absent(second, call));
    await settle(bench, () => bench.driver.compute.power(first, 'on', gently, call));
  },
  'launches at the same time do not overfill a zone': async (bench) => {
    const call = callOf(bench.region);
    const launches = [1, 2, 3, 4, 5].map(() =>
      troubleOf(bench.driver.compute.ensure(idOf('i'), machineOf(bench, bench.small), call)),
    );
    expect((await Promise.all(launches)).sort()).toEqual(['no-capacity', 'no-capacity', 'no-capacity', 'none', 'none']);
  },
  'the console tells of the boot, also after a stop': async (bench) => {
    const id = await running(bench);
    await bench.wait(60_000);
    const { compute } = bench.driver;
    expect(await consoleText(bench.driver, id, bench.region)).toContain(id);
    await settle(bench, () => compute.power(id, 'off', gently, callOf(bench.region)));
    expect(await consoleText(await bench.restart(), id, bench.region)).toContain(id);
    expect(await compute.consoleLog(idOf('i'), callOf(bench.region))).toBeUndefined();
  },
  'status checks pass in the end, and do not apply to a machine that is off': async (bench) => {
    const id = await running(bench);
    const health = () => bench.driver.compute.health(id, callOf(bench.region));
    await bench.wait(60_000);
    expect(await health()).toEqual({ system: 'ok', instance: 'ok' });
    await settle(bench, () => bench.driver.compute.power(id, 'off', gently, callOf(bench.region)));
    expect(await health()).toEqual({ system: 'not-applicable', instance: 'not-applicable' });
  },
  'a snapshot outlives its volume, and a new volume is made of it': async (bench) => {
    const call = callOf(bench.region);
    const source = await volume(bench);
    const id = idOf('snap');
    const spec = { volume: source, sizeGiB: 1 };
    const done = await settle(bench, () => bench.driver.snapshots.ensure(id, spec, call));
    expect(done.progress).toBe(100);
    await settle(bench, () => bench.driver.volumes.absent(source, call));
    expect(await bench.driver.snapshots.look(id, call)).toMatchObject({ progress: 100 });
    const copy = idOf('vol');
    await settle(bench, () => bench.driver.volumes.ensure(copy, volumeOf(bench, { snapshot: id }), call));
    const nothing = volumeOf(bench, { snapshot: idOf('snap') });
    expect(await troubleOf(bench.driver.volumes.ensure(idOf('vol'), nothing, call))).toBe('invalid');
  },
  'an image of an instance brings its snapshots': async (bench) => {
    const call = callOf(bench.region);
    const root = { device: '/dev/xvda', volume: await volume(bench) };
    const instance = await running(bench, { disks: [root] });
    const snapshot = idOf('snap');
    const spec = { instance, reboot: true, snapshots: [{ ...root, snapshot }] };
    const id = idOf('ami');
    await settle(bench, () => bench.driver.images.ensure(id, spec, call));
    expect(await bench.driver.snapshots.look(snapshot, call)).toMatchObject({ settled: true, progress: 100 });
    await settle(bench, () => bench.driver.images.absent(id, call));
    expect(await bench.driver.snapshots.look(snapshot, call)).toBeDefined();
  },
  'the catalogue is whole': async ({ driver: { catalogue }, region, sample }) => {
    const { account } = callOf(region);
    const zones = catalogue.region(region).zones.map(({ name }) => name);
    expect(zones).toContain(sample.zone);
    expect(catalogue.instanceTypeNames(region, account)).toContain(sample.instanceType);
    expect(catalogue.hardware(sample.instanceType, account)).toMatchObject({ name: sample.instanceType });
    expect(catalogue.instanceType(sample.instanceType, account)).toMatchObject({
      InstanceType: sample.instanceType,
    });
    expect(catalogue.publicAddressRange(region)).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/);
    const snapshots = new Set(catalogue.snapshots(region).map(({ id }) => id));
    const needed = catalogue
      .images(region)
      .flatMap(({ blockDevices }) => blockDevices.map(({ ebs }) => ebs?.snapshotId));
    expect(needed.filter((id) => id !== undefined && !snapshots.has(id))).toEqual([]);
    // A cloud that is behind one region only has no others to offer.
    if (catalogue.regions().length > 1)
      expect(catalogue.region('a-region-of-ones-own').zones.length).toBeGreaterThan(0);
  },
};
