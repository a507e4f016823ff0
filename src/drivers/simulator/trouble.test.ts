import { describe, expect, it } from 'vitest';
import { callOf, troubleOf } from '../../../test/contract/driver/harness.ts';
import { createSeededRandom } from '../../../test/contract/driver/random.ts';
import { createMemoryShelf } from '../../../test/contract/driver/shelf.ts';
import { createVirtualClock } from '../../main/clock/virtual.ts';
import type { MachineSpec } from '../../ports/driver.ts';
import { createSimulator } from './driver.ts';
import { noDelays, readSettings } from './settings.ts';
import { verbs } from './trouble.ts';

const call = callOf('us-east-1');
const volume = { zone: 'us-east-1a', sizeGiB: 1, type: 'gp3', encrypted: false };
const machine: MachineSpec = {
  zone: 'us-east-1a',
  instanceType: 't3.micro',
  image: 'ami-1',
  imageName: 'an image',
  architecture: 'x86_64',
  disks: [],
  interfaces: [],
  hostName: 'a',
};

const cloud = (failures: readonly object[], seed = 1) =>
  createSimulator({
    shelf: createMemoryShelf(),
    clock: createVirtualClock({ start: 0 }),
    random: createSeededRandom(seed),
    settings: readSettings({ delays: noDelays, failures }),
  });

async function drain(things: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of things);
}

describe('injected failures', () => {
  it('strike as often as they should, with their message', async () => {
    const { volumes } = cloud([{ verb: 'volumes.ensure', trouble: 'throttled', message: 'slow down', times: 2 }]);
    await expect(volumes.ensure('vol-1', volume, call)).rejects.toThrow('slow down');
    expect(await troubleOf(volumes.ensure('vol-1', volume, call))).toBe('throttled');
    expect(await volumes.look('vol-1', call)).toBeUndefined();
    expect(await troubleOf(volumes.ensure('vol-1', volume, call))).toBe('none');
  });

  it('strike only where the rule says', async () => {
    const rules = { verb: 'volumes.*', region: 'us-*', zone: '*-1a', type: 'gp?', trouble: 'denied' };
    const { volumes, compute } = cloud([rules]);
    expect(await troubleOf(volumes.ensure('vol-1', volume, call))).toBe('denied');
    expect(await troubleOf(volumes.ensure('vol-2', { ...volume, zone: 'us-east-1b' }, call))).toBe('none');
    expect(await troubleOf(volumes.ensure('vol-3', { ...volume, type: 'io2' }, call))).toBe('none');
    expect(await troubleOf(volumes.ensure('vol-4', volume, callOf('eu-west-1')))).toBe('none');
    expect(await troubleOf(compute.ensure('i-1', machine, call))).toBe('none');
  });

  it('know the zone and type of what is there already', async () => {
    const { compute, volumes } = cloud([
      { verb: 'compute.power', zone: 'us-east-1a', type: 't3.*', trouble: 'conflict' },
      { verb: 'volumes.absent', type: 'gp3', trouble: 'bug' },
    ]);
    const power = (id: string) => troubleOf(compute.power(id, 'off', { force: false }, call));
    await compute.ensure('i-1', machine, call);
    await compute.ensure('i-2', { ...machine, zone: 'us-east-1b' }, call);
    expect([await power('i-1'), await power('i-2'), await power('i-3')]).toEqual(['conflict', 'none', 'invalid']);
    await volumes.ensure('vol-1', volume, call);
    expect(await troubleOf(volumes.absent('vol-1', call))).toBe('bug');
    expect(await troubleOf(volumes.absent('vol-2', call))).toBe('none');
  });

  it('strike after the work, which is then done', async () => {
    const { volumes } = cloud([{ verb: 'volumes.ensure', trouble: 'unavailable', times: 1, after: 'work' }]);
    expect(await troubleOf(volumes.ensure('vol-1', volume, call))).toBe('unavailable');
    expect(await volumes.look('vol-1', call)).toEqual({ settled: true });
  });

  it('come by chance, the same for the same seed', async () => {
    const run = async (seed: number): Promise<readonly string[]> => {
      const { volumes } = cloud([{ verb: 'volumes.look', trouble: 'unavailable', probability: 0.3 }], seed);
      const told: string[] = [];
      for (let at = 0; at < 200; at++) told.push(await troubleOf(volumes.look('vol-1', call)));
      return told;
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
    const struck = first.filter((told) => told === 'unavailable').length;
    expect(struck).toBeGreaterThan(30);
    expect(struck).toBeLessThan(90);
  });

  it.each(verbs)('%s can be made to fail', async (verb) => {
    const driver = cloud([{ verb, trouble: 'unavailable' }]);
    const disk = { device: '/dev/sdf', volume: 'vol-1' };
    const nic = { id: 'eni-1', privateIp: '10.0.0.9', mac: '02:00:00:00:00:09', subnet: 'subnet-1' };
    const image = { reboot: false, snapshots: [] };
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      'compute.ensure': () => driver.compute.ensure('i-1', machine, call),
      'compute.power': () => driver.compute.power('i-1', 'on', { force: false }, call),
      'compute.reboot': () => driver.compute.reboot('i-1', call),
      'compute.attach': () => driver.compute.attach('i-1', disk, call),
      'compute.detach': () => driver.compute.detach('i-1', disk, { force: false }, call),
      'compute.attachInterface': () => driver.compute.attachInterface!('i-1', nic, call),
      'compute.detachInterface': () => driver.compute.detachInterface!('i-1', nic.id, call),
      'compute.consoleLog': () => driver.compute.consoleLog('i-1', call),
      'compute.room': () => driver.compute.room('us-east-1a', 't3.micro', call),
      'compute.health': () => driver.compute.health('i-1', call),
      'volumes.ensure': () => driver.volumes.ensure('vol-1', volume, call),
      'snapshots.ensure': () => driver.snapshots.ensure('snap-1', { volume: 'vol-1', sizeGiB: 1 }, call),
      'images.ensure': () => driver.images.ensure('ami-1', image, call),
      ping: () => driver.ping(),
    };
    for (const kind of ['compute', 'volumes', 'snapshots', 'images'] as const) {
      Object.assign(calls, {
        [`${kind}.look`]: () => driver[kind].look('x', call),
        [`${kind}.absent`]: () => driver[kind].absent('x', call),
        [`${kind}.list`]: () => drain(driver[kind].list(call)),
      });
    }
    expect(Object.keys(calls).sort()).toEqual([...verbs].sort());
    expect(await troubleOf(calls[verb]!())).toBe('unavailable');
  });
});
