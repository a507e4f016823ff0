import { beforeEach, describe, expect, it } from 'vitest';
import type { Call, VolumeSpec } from '../../ports/driver.ts';
import { createRecords } from './records.ts';
import {
  callOf,
  memoryShelf,
  type PretendStorage,
  pretendStorage,
  storageOf,
  untilGone,
} from './storage/storage.fixture.ts';
import type { VolumeParts, VolumeRecord, Volumes } from './volumes.ts';

const call = callOf();
const spec: VolumeSpec = { zone: 'az-1', sizeGiB: 5, type: 'gp3', encrypted: false };
const time = { now: 0 };
const clock = { now: () => time.now, at: () => ({ cancel: () => undefined }) };

let cloud: PretendStorage;
let pairs: Map<string, string>;
let volumes: Volumes;
let snapshots: ReturnType<typeof storageOf>['snapshots'];

function open(more: Partial<VolumeParts> = {}): void {
  ({ volumes, snapshots } = storageOf(cloud, pairs, clock, more));
}

beforeEach(() => {
  cloud = pretendStorage();
  pairs = new Map();
  open();
});

/** Takes what was asked for since the last time. */
const asked = (): readonly string[] => cloud.asked.splice(0);

async function ready(id: string, more: Partial<VolumeSpec> = {}): Promise<void> {
  await volumes.ensure(id, { ...spec, ...more }, call);
  cloud.settle();
  asked();
}

async function snap(id: string, volume: string): Promise<void> {
  await snapshots.ensure(id, { volume, sizeGiB: 5 }, call);
  cloud.settle();
  asked();
}

const gone = (kind: Pick<Volumes, 'absent'>, id: string): Promise<void> => untilGone(cloud, kind, id, call);

const ids = async (kind: { list: Volumes['list'] }, account = call.account): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const { id } of kind.list(callOf(account))) found.push(id);
  return found;
};

const names = (): readonly string[] => [...cloud.volumes.values()].map(({ name }) => name);

describe('making a volume', () => {
  it('takes one request, and one for each look', async () => {
    await ready('vol-0');
    expect(await volumes.ensure('vol-1', spec, call)).toMatchObject({
      settled: false,
      lookAgainMs: expect.any(Number),
    });
    expect(asked()).toEqual(['POST /volumes']);
    expect(await volumes.look('vol-1', call)).toMatchObject({ settled: false });
    cloud.settle();
    expect(await volumes.ensure('vol-1', spec, call)).toEqual({ settled: true });
    expect(asked()).toEqual(['GET /volumes', 'GET /volumes']);
    expect(cloud.bodies.at(-1)).toEqual({ volume: { size: 5, name: 'vol-1', metadata: { elsewhere: 'vol-1' } } });
    expect(await ids(volumes)).toEqual(['vol-0', 'vol-1']);
    expect(await ids(volumes, '*')).toEqual(['vol-0', 'vol-1']);
    expect(await ids(volumes, '999988887777')).toEqual([]);
  });
  it('names type and zone where Cinder has them, and asks for them once a minute', async () => {
    cloud.types.push('gp3');
    cloud.zones.push('az-1');
    await volumes.ensure('vol-1', spec, call);
    await volumes.ensure('vol-2', { ...spec, type: 'io1', zone: 'az-2' }, call);
    expect(cloud.bodies).toMatchObject([{ volume: { volume_type: 'gp3', availability_zone: 'az-1' } }, { volume: {} }]);
    expect(cloud.bodies[1]).not.toHaveProperty('volume.volume_type');
    expect(cloud.bodies[1]).not.toHaveProperty('volume.availability_zone');
    const offers = () => asked().filter((request) => !request.endsWith('/volumes'));
    expect(offers()).toEqual(['GET /types', 'GET /os-availability-zone']);
    time.now += 60_000;
    await volumes.ensure('vol-3', spec, call);
    expect(offers()).toEqual(['GET /types', 'GET /os-availability-zone']);
  });
  it('finds by its name what was made though the answer was lost', async () => {
    cloud.loseAnswer();
    await expect(volumes.ensure('vol-1', spec, call)).rejects.toMatchObject({ trouble: 'unavailable' });
    open();
    cloud.settle();
    expect(await volumes.look('vol-1', call)).toEqual({ settled: true });
    expect(await ids(volumes)).toEqual(['vol-1']);
    expect(await volumes.ensure('vol-1', spec, call)).toEqual({ settled: true });
    expect(names()).toEqual(['vol-1']);
    asked();
    expect(await volumes.nativeOf('vol-1', call)).toBe('native-1');
    expect(asked()).toEqual([]);
  });
  it('makes it anew when the request was never seen', async () => {
    await createRecords<VolumeRecord>(memoryShelf(pairs), 'volume').put('vol-1', call, { account: call.account });
    await volumes.ensure('vol-1', spec, call);
    expect(asked()).toContain('POST /volumes');
    expect(names()).toEqual(['vol-1']);
  });
  it('tells why it failed', async () => {
    await volumes.ensure('vol-1', spec, call);
    const made = [...cloud.volumes.values()][0]!;
    made.status = 'error';
    await expect(volumes.ensure('vol-1', spec, call)).rejects.toMatchObject({ trouble: 'invalid' });
    cloud.messages.set(made.id, 'schedule allocate volume:Could not find any available weighted backend.');
    const refused = volumes.ensure('vol-1', spec, call);
    await expect(refused).rejects.toMatchObject({
      trouble: 'no-capacity',
      message: expect.stringContaining('weighted'),
    });
    expect(await volumes.look('vol-1', call)).toMatchObject({ settled: true, note: expect.stringContaining('error') });
    await gone(volumes, 'vol-1');
    expect(cloud.volumes.size).toBe(0);
  });
  it('refuses encryption and unknown snapshots before anything is made', async () => {
    const refused = (more: Partial<VolumeSpec>) => volumes.ensure('vol-1', { ...spec, ...more }, call);
    await expect(refused({ encrypted: true })).rejects.toMatchObject({ trouble: 'unsupported' });
    await expect(refused({ snapshot: 'snap-9' })).rejects.toMatchObject({ trouble: 'invalid' });
    expect(pairs.size).toBe(0);
    expect(cloud.volumes.size).toBe(0);
  });
});

it('extends a volume that is smaller than it shall be', async () => {
  await ready('vol-1');
  expect(await volumes.ensure('vol-1', { ...spec, sizeGiB: 8 }, call)).toMatchObject({ settled: false });
  expect(asked()).toEqual(['GET /volumes', 'POST /volumes/action']);
  expect(await volumes.ensure('vol-1', { ...spec, sizeGiB: 8 }, call)).toMatchObject({ settled: false });
  cloud.settle();
  expect(await volumes.ensure('vol-1', { ...spec, sizeGiB: 8 }, call)).toEqual({ settled: true });
  expect(await volumes.ensure('vol-1', spec, call)).toEqual({ settled: true });
  expect([...cloud.volumes.values()]).toMatchObject([{ size: 8 }]);
  asked();
  expect(await volumes.sizeOf('vol-1', call)).toBe(8);
  expect(asked()).toEqual([]);
});

describe('deleting a volume', () => {
  it('asks nothing about what was never begun', async () => {
    expect(await volumes.absent('vol-1', call)).toEqual({ settled: true });
    expect(await volumes.look('vol-1', call)).toBeUndefined();
    expect(asked()).toEqual([]);
  });
  it('is not over before Cinder has it no more', async () => {
    await ready('vol-1');
    expect(await volumes.absent('vol-1', call)).toMatchObject({ settled: false });
    expect(await volumes.absent('vol-1', call)).toMatchObject({ settled: false });
    cloud.settle();
    expect(await volumes.absent('vol-1', call)).toEqual({ settled: true });
    expect(asked()).toEqual(['DELETE /volumes', 'GET /volumes', 'GET /volumes']);
    expect(pairs.size).toBe(0);
    await ready('vol-1');
    expect(names()).toEqual(['vol-1']);
  });
  it('waits for a volume in the making, also one whose answer was lost', async () => {
    cloud.loseAnswer();
    await expect(volumes.ensure('vol-1', spec, call)).rejects.toThrow('lost');
    await gone(volumes, 'vol-1');
    expect(cloud.volumes.size).toBe(0);
  });
  it('works for nobody in particular, in the project of its owner', async () => {
    await ready('vol-1');
    await volumes.absent('vol-1', callOf('*'));
    cloud.settle();
    expect(await volumes.absent('vol-1', callOf('*'))).toEqual({ settled: true });
    expect(cloud.volumes.size).toBe(0);
  });
  it('is refused while it is attached, or has snapshots that others made', async () => {
    await ready('vol-1');
    const made = [...cloud.volumes.values()][0]!;
    Object.assign(made, { status: 'in-use', attachments: [{}] });
    await expect(volumes.absent('vol-1', call)).rejects.toMatchObject({ trouble: 'conflict' });
    Object.assign(made, { status: 'available', attachments: [] });
    const theirs = { id: 'theirs', name: 'backup', status: 'available', size: 5, attachments: [] };
    cloud.snapshots.set('theirs', { ...theirs, volume_id: made.id });
    await expect(volumes.absent('vol-1', call)).rejects.toMatchObject({ trouble: 'conflict' });
    expect(names()).toEqual(['vol-1']);
  });
  it('says when Cinder failed to', async () => {
    await ready('vol-1');
    await volumes.absent('vol-1', call);
    [...cloud.volumes.values()][0]!.status = 'error_deleting';
    await expect(volumes.absent('vol-1', call)).rejects.toMatchObject({ trouble: 'invalid' });
  });
  it('is told when somebody else has done it', async () => {
    await ready('vol-1');
    cloud.volumes.clear();
    await expect(volumes.ensure('vol-1', spec, call)).rejects.toMatchObject({ trouble: 'invalid' });
    expect(await volumes.absent('vol-1', call)).toEqual({ settled: true });
  });
});

describe('a volume with snapshots', () => {
  beforeEach(async () => {
    await ready('vol-1');
    await snap('snap-1', 'vol-1');
    await snap('snap-2', 'vol-1');
  });

  it('is gone at once for its user, and goes with its last snapshot', async () => {
    expect(await volumes.absent('vol-1', call)).toEqual({ settled: true });
    expect(names()).toEqual(['elsewhere-deleted-vol-1']);
    open();
    asked();
    expect(await volumes.look('vol-1', call)).toBeUndefined();
    expect(await volumes.absent('vol-1', call)).toEqual({ settled: true });
    expect(asked()).toEqual([]);
    expect(await ids(volumes)).toEqual([]);
    await expect(volumes.nativeOf('vol-1', call)).rejects.toMatchObject({ trouble: 'invalid' });
    await expect(volumes.ensure('vol-1', spec, call)).rejects.toMatchObject({ trouble: 'invalid' });
    expect(await ids(snapshots)).toEqual(['snap-1', 'snap-2']);

    await gone(snapshots, 'snap-1');
    expect(names()).toEqual(['elsewhere-deleted-vol-1']);
    await ready('vol-2', { snapshot: 'snap-2' });
    expect(names()).toEqual(['elsewhere-deleted-vol-1', 'vol-2']);
    await gone(snapshots, 'snap-2');
    expect(names()).toEqual(['vol-2']);
    expect([...pairs.keys()]).toEqual(['volume/os-1/vol-2']);
  });
  it('goes also when both snapshots go at the same time', async () => {
    await volumes.absent('vol-1', call);
    await Promise.all([gone(snapshots, 'snap-1'), gone(snapshots, 'snap-2')]);
    expect(cloud.volumes.size).toBe(0);
    expect(pairs.size).toBe(0);
  });
  it('goes although the process ends in between', async () => {
    await volumes.absent('vol-1', call);
    for (const id of ['snap-1', 'snap-2']) {
      for (let settled = false; !settled; cloud.settle()) {
        open();
        settled = (await snapshots.absent(id, call)).settled;
      }
    }
    expect(cloud.volumes.size).toBe(0);
    expect(pairs.size).toBe(0);
  });
  it('is really deleted when another process ends its last snapshot while it is being hidden', async () => {
    await gone(snapshots, 'snap-1');
    const other = storageOf(cloud, pairs, clock);
    let lists = 0;
    const list = async (about: Call) => {
      const all = await other.ofSnapshots.list(about);
      // It was there when we looked; and it goes before the volume is known as deleted.
      if (++lists === 1) await gone(other.snapshots, 'snap-2');
      return all;
    };
    open({ snapshots: { ...other.ofSnapshots, list } });
    expect(await volumes.absent('vol-1', call)).toMatchObject({ settled: false });
    expect(lists).toBe(2);
    expect(await volumes.look('vol-1', call)).toBeUndefined();
    await gone(volumes, 'vol-1');
    expect(cloud.volumes.size).toBe(0);
    expect(pairs.size).toBe(0);
  });
  it('is not lost when the process ends while it is being hidden, and its id was not written down', async () => {
    const records = createRecords<VolumeRecord>(memoryShelf(pairs), 'volume');
    await records.put('vol-1', call, { account: call.account });
    const put: typeof records.put = async (id, about, made) => {
      if (made.deleted) throw new Error('the process ends');
      await records.put(id, about, made);
    };
    open({ records: { ...records, put } });
    await expect(volumes.absent('vol-1', call)).rejects.toThrow('ends');
    open();
    expect(await volumes.absent('vol-1', call)).toEqual({ settled: true });
    await gone(snapshots, 'snap-1');
    await gone(snapshots, 'snap-2');
    expect(cloud.volumes.size).toBe(0);
  });
  it('stays while it is attached', async () => {
    Object.assign([...cloud.volumes.values()][0]!, { status: 'in-use', attachments: [{}] });
    await expect(volumes.absent('vol-1', call)).rejects.toMatchObject({ trouble: 'conflict' });
    expect(names()).toEqual(['vol-1']);
    expect(await volumes.look('vol-1', call)).toEqual({ settled: true });
  });
  it('stays when its snapshots go first', async () => {
    await gone(snapshots, 'snap-1');
    await gone(snapshots, 'snap-2');
    expect(names()).toEqual(['vol-1']);
    expect(await volumes.look('vol-1', call)).toEqual({ settled: true });
  });
});
