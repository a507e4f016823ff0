import { beforeEach, describe, expect, it } from 'vitest';
import type { ImageSpec, Seen, SeenSnapshot } from '../../ports/driver.ts';
import type { OwnImage } from './images/ownImages.ts';
import { createImages, type ImageRecord, type Images } from './images.ts';
import { createRecords } from './records.ts';
import { callOf, memoryShelf, type PretendStorage, pretendStorage } from './storage/storage.fixture.ts';

const call = callOf();
const ofMachine: ImageSpec = { instance: 'i-1', reboot: false, snapshots: [] };
const working = { settled: false, lookAgainMs: 100, progress: 10 };

let cloud: PretendStorage;
let pairs: Map<string, string>;
let images: Images;
let reboots: string[];
/** Images that others made. */
let others: Map<string, OwnImage>;
let rebooted: Seen;
/** The snapshots that were asked for, with what they say. */
let taken: Map<string, SeenSnapshot & { readonly spec?: object }>;

function open(): void {
  const shelf = memoryShelf(pairs);
  images = createImages({
    records: createRecords<ImageRecord>(shelf, 'image'),
    placeOf: cloud.placeOf,
    volumes: { sizeOf: async () => 7 },
    snapshots: {
      ensure: async (id, spec) => {
        const seen = taken.get(id) ?? { ...working, spec };
        taken.set(id, seen);
        return seen;
      },
      look: async (id) => taken.get(id),
      absent: () => Promise.reject(new Error('snapshots stay')),
      list: () => {
        throw new Error('nobody lists snapshots here');
      },
    },
    serverOf: async (instance) => `server-of-${instance}`,
    others: async (id) => others.get(id),
    reboot: async (instance) => {
      reboots.push(instance);
      return rebooted;
    },
  });
}

beforeEach(() => {
  cloud = pretendStorage();
  pairs = new Map();
  reboots = [];
  others = new Map();
  rebooted = { settled: true };
  taken = new Map();
  open();
});

const asked = (): readonly string[] => cloud.asked.splice(0);
const ids = async (): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const { id } of images.list(call)) found.push(id);
  return found.sort();
};

describe('an image of a machine without volumes', () => {
  it('is made by Nova with one request, and is there when Glance says so', async () => {
    expect(await images.ensure('ami-1', ofMachine, call)).toMatchObject({ settled: false });
    expect(asked()).toEqual(['POST /servers/action']);
    expect(cloud.bodies).toEqual([{ createImage: { name: 'ami-1', metadata: { elsewhere: 'ami-1' } } }]);
    expect(await images.ensure('ami-1', ofMachine, call)).toMatchObject({ settled: false });
    cloud.settle();
    expect(await images.ensure('ami-1', ofMachine, call)).toEqual({ settled: true });
    expect(await images.look('ami-1', call)).toEqual({ settled: true });
    expect(asked()).toEqual(['GET /images', 'GET /images', 'GET /images']);
    expect(await images.nativeOf('ami-1', call)).toBe('native-1');
    expect(await ids()).toEqual(['ami-1']);
    expect(reboots).toEqual([]);
  });
  it('is found by its name when the answer was lost', async () => {
    cloud.loseAnswer();
    await expect(images.ensure('ami-1', ofMachine, call)).rejects.toMatchObject({ trouble: 'unavailable' });
    open();
    expect(await images.nativeOf('ami-1', call)).toBe('native-1');
    cloud.settle();
    expect(await images.ensure('ami-1', ofMachine, call)).toEqual({ settled: true });
    expect(cloud.images.size).toBe(1);
  });
  it('reboots the machine once and waits for it', async () => {
    rebooted = { settled: false, lookAgainMs: 10 };
    const spec = { ...ofMachine, reboot: true };
    expect(await images.ensure('ami-1', spec, call)).toEqual(rebooted);
    expect(await images.look('ami-1', call)).toMatchObject({ settled: false });
    expect(asked()).toEqual([]);
    open();
    rebooted = { settled: true };
    await images.ensure('ami-1', spec, call);
    expect(asked()).toEqual(['POST /servers/action']);
    cloud.settle();
    await images.ensure('ami-1', spec, call);
    expect(reboots).toEqual(['i-1', 'i-1']);
  });
  it('is in trouble when Nova or Glance gave it up', async () => {
    await images.ensure('ami-1', ofMachine, call);
    cloud.images.get('native-1')!.status = 'killed';
    await expect(images.ensure('ami-1', ofMachine, call)).rejects.toMatchObject({ trouble: 'invalid' });
    expect(await images.look('ami-1', call)).toMatchObject({ settled: true, note: expect.stringContaining('killed') });
    cloud.images.clear();
    await expect(images.ensure('ami-1', ofMachine, call)).rejects.toMatchObject({ trouble: 'invalid' });
    expect(await images.look('ami-1', call)).toBeUndefined();
  });
  it('is deleted in Glance, also while it is made, and when its id was lost', async () => {
    await images.ensure('ami-1', ofMachine, call);
    cloud.loseAnswer();
    await expect(images.ensure('ami-2', ofMachine, call)).rejects.toThrow('lost');
    for (const id of ['ami-1', 'ami-2', 'ami-3']) expect(await images.absent(id, call)).toEqual({ settled: true });
    expect(cloud.images.size).toBe(0);
    expect(pairs.size).toBe(0);
  });
});

describe('an image with snapshots', () => {
  const spec: ImageSpec = {
    instance: 'i-1',
    reboot: true,
    snapshots: [
      { device: '/dev/xvda', snapshot: 'snap-1', volume: 'vol-1' },
      { device: '/dev/xvdb', snapshot: 'snap-2', volume: 'vol-2' },
      { device: '/dev/xvdc', snapshot: 'snap-old' },
    ],
  };
  it('takes those that are of a volume, and settles with them; Glance has nothing', async () => {
    expect(await images.ensure('ami-1', spec, call)).toEqual({ settled: false, lookAgainMs: 100 });
    expect([...taken].map(([id, { spec: of }]) => [id, of])).toEqual([
      ['snap-1', { volume: 'vol-1', sizeGiB: 7 }],
      ['snap-2', { volume: 'vol-2', sizeGiB: 7 }],
    ]);
    taken.set('snap-1', { settled: true, progress: 100 });
    expect(await images.ensure('ami-1', spec, call)).toMatchObject({ settled: false });
    expect(await images.look('ami-1', call)).toMatchObject({ settled: false });
    taken.set('snap-2', { settled: true, progress: 100 });
    expect(await images.look('ami-1', call)).toEqual({ settled: true });
    expect(await images.ensure('ami-1', spec, call)).toEqual({ settled: true });
    expect(reboots).toEqual(['i-1']);
    taken.clear();
    expect(await images.look('ami-1', call)).toEqual({ settled: true });
    expect(await images.nativeOf('ami-1', call)).toBeNull();
    expect(await ids()).toEqual(['ami-1']);
    expect(await images.absent('ami-1', call)).toEqual({ settled: true });
    expect(await ids()).toEqual([]);
    expect(asked()).toEqual([]);
  });
  it('is there at once when all of them are', async () => {
    const registered = { reboot: false, snapshots: [{ device: '/dev/xvda', snapshot: 'snap-1' }] };
    expect(await images.ensure('ami-1', registered, call)).toEqual({ settled: true });
    expect(taken.size).toBe(0);
  });
});

it('refuses an image of nothing', async () => {
  const refused = images.ensure('ami-1', { reboot: false, snapshots: [] }, call);
  await expect(refused).rejects.toMatchObject({ trouble: 'unsupported' });
  expect(pairs.size).toBe(0);
});

describe('an image of a machine’s own disk and volumes', () => {
  const spec: ImageSpec = {
    ...{ instance: 'i-1', reboot: false, ownDisk: true },
    snapshots: [
      { device: '/dev/vdb', snapshot: 'snap-1', volume: 'vol-1' },
      { device: '/dev/vdc', snapshot: 'snap-old' },
    ],
  };
  it('takes snapshots and then has bytes in Glance: Nova refuses snapshots while it reads the disk', async () => {
    expect(await images.ensure('ami-1', spec, call)).toMatchObject({ settled: false });
    expect(await images.look('ami-1', call)).toMatchObject({ settled: false });
    expect([...taken.keys()]).toEqual(['snap-1']);
    expect(cloud.bodies).toHaveLength(0);
    taken.set('snap-1', { settled: true, progress: 100 });
    expect(await images.ensure('ami-1', spec, call)).toMatchObject({ settled: false });
    expect(cloud.bodies).toHaveLength(1);
    expect(await images.ensure('ami-1', spec, call)).toMatchObject({ settled: false });
    expect(await images.look('ami-1', call)).toMatchObject({ settled: false });
    expect(await ids()).toEqual(['ami-1']);
    cloud.settle();
    expect(await images.ensure('ami-1', spec, call)).toMatchObject({ settled: true });
    expect(await images.look('ami-1', call)).toMatchObject({ settled: true });
    expect(await images.nativeOf('ami-1', call)).toBe('native-1');
    expect(cloud.images.size).toBe(1);
    expect(await images.absent('ami-1', call)).toEqual({ settled: true });
    expect(cloud.images.size).toBe(0);
  });
  it('is looked for by its name while nobody knows whether its making was begun', async () => {
    await images.ensure('ami-1', spec, call);
    taken.set('snap-1', { settled: true, progress: 100 });
    cloud.loseAnswer();
    await expect(images.ensure('ami-1', spec, call)).rejects.toMatchObject({ trouble: 'unavailable' });
    expect(await images.halfMade(call)).toEqual(new Set(['ami-1']));
    open();
    await images.ensure('ami-1', spec, call);
    expect(await images.halfMade(call)).toEqual(new Set());
    expect(cloud.images.size).toBe(1);
  });
});

describe('an image that others made', () => {
  it('is deleted where it is the project’s own, and stays where it is shared with it', async () => {
    for (const own of [true, false]) {
      cloud.images.set(`native-${own}`, { id: `native-${own}`, name: 'theirs', status: 'active' });
      others.set(`ami-${own}`, { native: `native-${own}`, own, ofVolumes: false });
      expect(await images.absent(`ami-${own}`, call)).toEqual({ settled: true });
    }
    expect([...cloud.images.keys()]).toEqual(['native-false']);
  });
});
