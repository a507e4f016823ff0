import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { createVirtualClock } from '../../main/clock/virtual.ts';
import type { Call } from '../../ports/driver.ts';
import type { Log } from '../../ports/log.ts';
import type { World } from '../context/world.ts';
import { expireClientTokens } from './expireClientTokens.ts';
import { forgetTerminated } from './forgetTerminated.ts';
import { reconcile } from './reconcile.ts';
import { removeOrphans } from './removeOrphans.ts';
import { startAgain } from './startAgain.ts';

let w: TestWorld;
let lines: { readonly level: string; readonly fields: object; readonly message: string }[];
let world: World;
const region = 'us-east-1';
const call: Call = { account: testAccount, region, operation: 'op-test', signal: new AbortController().signal };

beforeEach(async () => {
  w = await testWorld();
  lines = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  world = { ...w.world, log };
});
afterEach(() => w.close());

const listed = async (kind: 'compute' | 'volumes' | 'snapshots' | 'images') => {
  const ids: string[] = [];
  for await (const { id } of w.driver[kind].list(call)) ids.push(id);
  return ids;
};

async function launch(): Promise<string> {
  const { Images } = await w.call('DescribeImages', {
    Owners: ['amazon'],
    Filters: [
      { Name: 'name', Values: ['al2023-ami-2*'] },
      { Name: 'architecture', Values: ['x86_64'] },
    ],
  });
  const { Instances } = await w.call('RunInstances', {
    ImageId: Images[0].ImageId,
    MinCount: 1,
    MaxCount: 1,
    InstanceType: 't3.micro',
  });
  return Instances[0].InstanceId;
}

/** Loses every operation, as only a fault of ours could. */
async function loseOperations(): Promise<void> {
  const claimed = await w.world.store.operations.claim({ owner: 'thief', until: 1e15 }, 1e14, 100);
  for (const { id, fence, account } of claimed)
    await w.world.store.write({ account, region }, (writer) => writer.endOperation(id, fence));
}

describe('remove-orphans', () => {
  it('removes what nobody owns when it is seen twice, and nothing else', async () => {
    const instance = await launch();
    await w.settle();
    const [volume] = await listed('volumes');
    await w.call('CreateSnapshot', { VolumeId: volume });
    await w.settle();
    const kept = await Promise.all([listed('compute'), listed('volumes'), listed('snapshots')]);
    const spec = { zone: 'us-east-1a', sizeGiB: 1, type: 'gp3', encrypted: false };
    await w.driver.volumes.ensure('vol-0000000000000dead', spec, call);
    await w.clock.advance(60_000);
    await w.driver.snapshots.ensure('snap-0000000000000dead', { volume: volume!, sizeGiB: 1 }, call);
    await w.clock.advance(60_000);
    const loop = removeOrphans();
    await loop.run(world);
    await w.settle();
    expect(await listed('volumes')).toContain('vol-0000000000000dead');
    expect(lines).toEqual([]);
    await loop.run(world);
    await w.settle();
    await w.clock.advance(60_000);
    expect(await Promise.all([listed('compute'), listed('volumes'), listed('snapshots')])).toEqual(kept);
    expect(kept[0]).toEqual([instance]);
    expect(lines.map(({ level, fields }) => [level, fields])).toEqual([
      ['warn', { region, kind: 'volume', id: 'vol-0000000000000dead' }],
      ['warn', { region, kind: 'snapshot', id: 'snap-0000000000000dead' }],
    ]);
  });

  it('leaves a deleted snapshot alone while a volume is filled from it', async () => {
    const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    await w.settle();
    const { SnapshotId } = await w.call('CreateSnapshot', { VolumeId });
    await w.settle();
    await w.worker.drain();
    await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', SnapshotId });
    await w.call('DeleteSnapshot', { SnapshotId });
    // Even where its operation is lost.
    await w.world.store.operations.release(undefined);
    await loseOperations();
    const loop = removeOrphans();
    await loop.run(world);
    await loop.run(world);
    expect(await w.world.store.operations.pending()).toBe(0);
    expect(await listed('snapshots')).toEqual([SnapshotId]);
    expect(lines).toEqual([]);
  });

  it('removes the machine of an instance that is terminated', async () => {
    const instance = await launch();
    await w.settle();
    await w.call('TerminateInstances', { InstanceIds: [instance] });
    await w.settle();
    expect(await listed('compute')).toEqual([]);
    const machine = {
      zone: 'us-east-1a',
      instanceType: 't3.micro',
      image: 'ami-1',
      imageName: 'x',
      architecture: 'x86_64',
      disks: [],
      interfaces: [],
      hostName: 'x',
    };
    await w.driver.compute.ensure(instance, machine, call);
    const loop = removeOrphans();
    await loop.run(world);
    await loop.run(world);
    await w.settle();
    await w.clock.advance(60_000);
    expect(await listed('compute')).toEqual([]);
  });

  it('waits for an operation that may still be about it', async () => {
    const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    const loop = removeOrphans();
    await loop.run(world);
    await loop.run(world);
    await w.settle();
    expect((await w.call('DescribeVolumes', { VolumeIds: [VolumeId] })).Volumes).toMatchObject([
      { State: 'available' },
    ]);
    expect(lines).toEqual([]);
  });
});

describe('start-again', () => {
  it('leaves what has an operation alone', async () => {
    const instance = await launch();
    await startAgain.run(world);
    expect(lines).toEqual([]);
    await w.settle();
    expect(
      (await w.call('DescribeInstances', { InstanceIds: [instance] })).Reservations[0].Instances[0].State.Name,
    ).toBe('running');
  });

  it('starts what has none, and says so', async () => {
    const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    await w.settle();
    await w.worker.drain();
    const { VolumeId: fresh } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    const { SnapshotId } = await w.call('CreateSnapshot', { VolumeId });
    const instance = await launch();
    await w.world.store.operations.release(undefined);
    await loseOperations();
    expect(await w.world.store.operations.pending()).toBe(0);
    await startAgain.run(world);
    expect(lines.map(({ level, fields }) => [level, (fields as { id: string }).id]).sort()).toEqual(
      [fresh, SnapshotId, instance].sort().map((id) => ['error', id]),
    );
    expect(await w.world.store.operations.pending()).toBe(3);
    await startAgain.run(world);
    expect(lines).toHaveLength(3);
  });
});

describe('what is over', () => {
  it('is forgotten: terminated instances and client tokens', async () => {
    const instance = await launch();
    await w.settle();
    await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1, ClientToken: 'once' });
    await w.call('TerminateInstances', { InstanceIds: [instance] });
    await w.settle();
    const count = async (kind: string) => w.world.store.read.count({ kind, region });
    await forgetTerminated.run(world);
    await expireClientTokens.run(world);
    expect([await count('instance'), await count('client-token')]).toEqual([1, 1]);
    await w.clock.advance(25 * 60 * 60 * 1000);
    await forgetTerminated.run(world);
    await expireClientTokens.run(world);
    expect([await count('instance'), await count('client-token')]).toEqual([0, 0]);
  });
});

describe('the loops', () => {
  it('run at their pace, go on after a failure, and stop', async () => {
    const clock = createVirtualClock({ start: 0 });
    let runs = 0;
    const loop = {
      name: 'test',
      everyMs: 1000,
      run: async () => (runs++ === 0 ? Promise.reject(new Error('once')) : undefined),
    };
    const running = reconcile(world, clock, [loop]);
    await clock.advance(3_500);
    expect(runs).toBe(3);
    expect(lines).toMatchObject([{ level: 'error', fields: { loop: 'test' } }]);
    await running.stop();
    await clock.advance(10_000);
    expect(runs).toBe(3);
  });
});
