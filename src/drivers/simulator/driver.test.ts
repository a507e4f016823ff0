import { describe, expect, it } from 'vitest';
import { callOf, troubleOf } from '../../../test/contract/driver/harness.ts';
import { createSeededRandom } from '../../../test/contract/driver/random.ts';
import { createMemoryShelf } from '../../../test/contract/driver/shelf.ts';
import { createVirtualClock } from '../../main/clock/virtual.ts';
import type { MachineSpec } from '../../ports/driver.ts';
import { createSimulator } from './driver.ts';
import { noDelays, readSettings } from './settings.ts';

const call = callOf('us-east-1');
const volume = { zone: 'us-east-1a', sizeGiB: 8, type: 'gp3', encrypted: false };
const gently = { force: false };
const machine: MachineSpec = {
  zone: 'us-east-1a',
  instanceType: 't3.micro',
  image: 'ami-1',
  imageName: 'an image',
  architecture: 'x86_64',
  disks: [{ device: '/dev/xvda', volume: 'vol-1' }],
  interfaces: [],
  hostName: 'a',
};

function cloud(given: object = { delays: noDelays }) {
  const shelf = createMemoryShelf();
  const clock = createVirtualClock({ start: 1_000_000 });
  const settings = readSettings(given);
  const start = () => createSimulator({ shelf, clock, random: createSeededRandom(1), settings });
  return { shelf, clock, start, driver: start() };
}

describe('what the pretend cloud costs', () => {
  it('is one put for a machine and one for its volume, which are settled at once', async () => {
    const { shelf, driver } = cloud();
    const [root] = driver.catalogue.snapshots('us-east-1');
    expect(await driver.volumes.ensure('vol-1', { ...volume, snapshot: root!.id }, call)).toEqual({ settled: true });
    expect(await driver.compute.ensure('i-1', machine, call)).toEqual({ settled: true, power: 'on' });
    expect([shelf.puts, shelf.gets]).toEqual([2, 2]);
    await driver.volumes.ensure('vol-1', { ...volume, snapshot: root!.id }, call);
    await driver.compute.ensure('i-1', machine, call);
    await driver.compute.power('i-1', 'on', gently, call);
    expect(shelf.puts).toBe(2);
  });

  it('is nothing once everything is gone', async () => {
    const { shelf, driver } = cloud();
    await driver.volumes.ensure('vol-1', volume, call);
    await driver.volumes.ensure('vol-2', volume, call);
    await driver.compute.ensure('i-1', machine, call);
    await driver.compute.attach('i-1', { device: '/dev/sdf', volume: 'vol-2' }, call);
    await driver.compute.reboot('i-1', call);
    await driver.images.ensure('ami-2', { instance: 'i-1', reboot: true, snapshots: [] }, call);
    expect(shelf.keys).toHaveLength(5 + 1);
    await driver.compute.absent('i-1', call);
    await driver.images.absent('ami-2', call);
    for (const id of ['vol-1', 'vol-2']) await driver.volumes.absent(id, call);
    expect(shelf.keys).toEqual([]);
  });

  it('keeps no more than two reboots', async () => {
    const { shelf, driver } = cloud();
    await driver.compute.ensure('i-1', machine, call);
    for (let at = 0; at < 10; at++) await driver.compute.reboot('i-1', callOf('us-east-1'));
    expect(shelf.keys.filter((key) => key.includes('/reboot/'))).toHaveLength(2);
  });
});

describe('time in the pretend cloud', () => {
  it('moves a machine through its life', async () => {
    const { clock, driver } = cloud({ delays: { launch: 800, stop: 500, start: 300, terminate: 400 } });
    const look = () => driver.compute.look('i-1', call);
    await driver.compute.ensure('i-1', machine, call);
    expect(await look()).toEqual({ settled: false, lookAgainMs: 800, power: 'off' });
    await clock.advance(799);
    expect(await look()).toEqual({ settled: false, lookAgainMs: 1, power: 'off' });
    await clock.advance(1);
    expect(await look()).toEqual({ settled: true, power: 'on' });
    await driver.compute.power('i-1', 'off', gently, call);
    expect(await look()).toEqual({ settled: false, lookAgainMs: 500, power: 'on' });
    await clock.advance(500);
    expect(await look()).toEqual({ settled: true, power: 'off' });
    await driver.compute.power('i-1', 'on', gently, call);
    await clock.advance(300);
    expect(await driver.compute.absent('i-1', call)).toEqual({ settled: false, lookAgainMs: 400 });
    expect(await troubleOf(driver.compute.ensure('i-1', machine, call))).toBe('conflict');
    expect(await troubleOf(driver.compute.power('i-1', 'off', gently, call))).toBe('conflict');
    await clock.advance(400);
    expect(await look()).toBeUndefined();
    expect(await driver.compute.ensure('i-1', machine, call)).toMatchObject({ settled: false, lookAgainMs: 800 });
  });

  it('a machine whose guest is not asked to shut down is gone sooner', async () => {
    const { driver } = cloud({ delays: { launch: 0, forceStop: 150, terminate: 400 } });
    for (const id of ['i-1', 'i-2']) await driver.compute.ensure(id, machine, call);
    expect(await driver.compute.absent('i-1', call, { force: true })).toEqual({ settled: false, lookAgainMs: 150 });
    expect(await driver.compute.absent('i-2', call, { force: false })).toEqual({ settled: false, lookAgainMs: 400 });
  });

  it('makes nothing anew that is still going', async () => {
    const { clock, driver } = cloud({ delays: { volume: 0, volumeDelete: 200 } });
    await driver.volumes.ensure('vol-1', volume, call);
    expect(await driver.volumes.absent('vol-1', call)).toEqual({ settled: false, lookAgainMs: 200 });
    await clock.advance(50);
    expect(await driver.volumes.absent('vol-1', call)).toEqual({ settled: false, lookAgainMs: 150 });
    expect(await troubleOf(driver.volumes.ensure('vol-1', volume, call))).toBe('conflict');
    await clock.advance(150);
    expect(await driver.volumes.look('vol-1', call)).toBeUndefined();
    expect(await driver.volumes.ensure('vol-1', volume, call)).toEqual({ settled: true });
  });

  it('fills a snapshot, the larger the slower', async () => {
    const { clock, driver } = cloud({ delays: { volume: 0, snapshot: 200, snapshotPerGiB: 100 } });
    await driver.volumes.ensure('vol-1', volume, call);
    const seen = await driver.snapshots.ensure('snap-1', { volume: 'vol-1', sizeGiB: 8 }, call);
    expect(seen).toEqual({ settled: false, lookAgainMs: 1000, progress: 0 });
    await clock.advance(505);
    expect(await driver.snapshots.look('snap-1', call)).toEqual({ settled: false, lookAgainMs: 495, progress: 50 });
    await clock.advance(495);
    expect(await driver.snapshots.look('snap-1', call)).toEqual({ settled: true, progress: 100 });
  });

  it('makes an image wait for its snapshots', async () => {
    const { clock, driver } = cloud({ delays: { ...noDelays, image: 10, snapshot: 700 } });
    await driver.volumes.ensure('vol-1', volume, call);
    await driver.compute.ensure('i-1', machine, call);
    const snapshots = [{ device: '/dev/xvda', snapshot: 'snap-1', volume: 'vol-1' }];
    const spec = { instance: 'i-1', reboot: false, snapshots };
    expect(await driver.images.ensure('ami-2', spec, call)).toEqual({ settled: false, lookAgainMs: 700 });
    await clock.advance(700);
    expect(await driver.images.ensure('ami-2', spec, call)).toEqual({ settled: true });
    const nowhere = { ...spec, snapshots: [{ device: '/dev/xvda', snapshot: 'snap-2', volume: 'vol-9' }] };
    expect(await troubleOf(driver.images.ensure('ami-3', nowhere, call))).toBe('invalid');
    expect(await troubleOf(driver.images.ensure('ami-3', { ...spec, instance: 'i-9' }, call))).toBe('invalid');
  });

  it('lets a status check begin, pass and fail', async () => {
    const impaired = [
      { zone: 'us-east-1a', afterMs: 3000 },
      { zone: 'us-east-1b', check: 'both' },
    ];
    const { clock, driver } = cloud({ delays: { launch: 500, checks: 1000, reboot: 100 }, impaired });
    const health = (id = 'i-1') => driver.compute.health(id, call);
    expect(await health()).toEqual({ system: 'insufficient-data', instance: 'insufficient-data' });
    await driver.compute.ensure('i-1', machine, call);
    await driver.compute.ensure('i-2', { ...machine, zone: 'us-east-1b' }, call);
    expect(await health()).toEqual({ system: 'initializing', instance: 'initializing' });
    await clock.advance(1499);
    expect(await health()).toEqual({ system: 'initializing', instance: 'initializing' });
    await clock.advance(1);
    expect(await health()).toEqual({ system: 'ok', instance: 'ok' });
    expect(await health('i-2')).toEqual({ system: 'impaired', instance: 'impaired' });
    await clock.advance(2000);
    expect(await health()).toEqual({ system: 'ok', instance: 'impaired' });
    await driver.compute.reboot('i-1', call);
    await clock.advance(100);
    expect(await health()).toEqual({ system: 'ok', instance: 'initializing' });
    await driver.compute.absent('i-1', call);
    expect(await health()).toEqual({ system: 'not-applicable', instance: 'not-applicable' });
  });
});

describe('what the pretend cloud makes', () => {
  it('follows a new specification, power as it was', async () => {
    const { driver } = cloud();
    await driver.compute.ensure('i-1', machine, call);
    await driver.compute.power('i-1', 'off', gently, call);
    const larger = { ...machine, instanceType: 'm5.large' };
    expect(await driver.compute.ensure('i-1', larger, call)).toEqual({ settled: true, power: 'off' });
    await driver.compute.power('i-1', 'on', gently, call);
    const log = await driver.compute.consoleLog('i-1', call);
    expect(Buffer.from(log!.text).toString()).toContain('m5.large');
  });

  it('refuses a type that there is not', async () => {
    const { driver } = cloud();
    expect(await troubleOf(driver.compute.ensure('i-1', { ...machine, instanceType: 'x1.pico' }, call))).toBe(
      'unsupported',
    );
  });

  it('never overfills a zone, whichever process launches', async () => {
    const { driver, start } = cloud({ delays: noDelays, capacity: [{ type: 't3.*', machines: 3 }] });
    const drivers = [driver, start(), start()];
    const launches = Array.from({ length: 12 }, (_, at) =>
      troubleOf(drivers[at % 3]!.compute.ensure(`i-${at}`, machine, call)),
    );
    const started = (await Promise.all(launches)).filter((trouble) => trouble === 'none').length;
    expect(started).toBeLessThanOrEqual(3);
    expect(await driver.compute.room('us-east-1a', 't3.large', call)).toBe(3 - started);
    expect(await driver.compute.room('us-east-1b', 't3.micro', call)).toBe(3);
    expect(await driver.compute.room('us-east-1a', 'm5.large', call)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('has regions of its own, with zones named after them', () => {
    const { catalogue } = cloud().driver;
    const lab = catalogue.region('lab-1');
    expect(lab.zones.map(({ name, id }) => `${name} ${id}`)).toEqual([
      'lab-1a lab-1-az1',
      'lab-1b lab-1-az2',
      'lab-1c lab-1-az3',
    ]);
    expect(catalogue.regions()).toContain(catalogue.region('us-east-1'));
    expect(catalogue.regions()).not.toContain(lab);
    for (const { name } of [...catalogue.regions(), lab]) {
      expect(catalogue.publicAddressRange(name)).toMatch(/^2(4\d|5[0-5])\.(\d+)\.0\.0\/12$/);
    }
  });
});
