import { beforeEach, expect, it } from 'vitest';
import type { Kind, Seen, SeenSnapshot, SnapshotSpec } from '../../ports/driver.ts';
import { DriverError } from '../../ports/driver.ts';
import type { MachineRecord } from './machines/servers.ts';
import { type Natives, withNatives } from './natives.ts';
import { createRecords, type Records } from './records.ts';
import { createSnapshots, type SnapshotRecord } from './snapshots.ts';
import { callOf, memoryShelf, type PretendStorage, pretendStorage } from './storage/storage.fixture.ts';

const call = callOf();
const spec: SnapshotSpec = { volume: 'vol-1', sizeGiB: 5 };

let cloud: PretendStorage;
let pairs: Map<string, string>;
let machines: Records<MachineRecord> & Natives;
let snapshots: Kind<SnapshotSpec, SeenSnapshot>;
/** What becomes of the volume when a snapshot is gone. */
let after: Seen;

function open(native?: (id: string) => Promise<string | undefined>): void {
  const shelf = memoryShelf(pairs);
  const volumes = {
    nativeOf: async (id: string) => {
      if (id !== 'vol-1') throw new DriverError('invalid', `there is no volume ${id}`);
      return 'native-v';
    },
    snapshotGone: async () => after,
  };
  const records = createRecords<SnapshotRecord>(shelf, 'snapshot');
  machines = withNatives(createRecords<MachineRecord>(shelf, 'machine'), shelf, 'machine');
  snapshots = createSnapshots({ records, placeOf: cloud.placeOf, volumes, machines, ...(native && { native }) });
}

beforeEach(() => {
  cloud = pretendStorage();
  cloud.volumes.set('native-v', {
    id: 'native-v',
    name: 'vol-1',
    status: 'in-use',
    size: 5,
    attachments: [{ server_id: 'native-i' }],
  });
  cloud.servers.set('native-i', { id: 'native-i', name: 'i-1', status: 'ACTIVE' });
  pairs = new Map();
  after = { settled: true };
  open();
});

const asked = (): readonly string[] => cloud.asked.splice(0);
const only = () => [...cloud.snapshots.values()][0]!;

it('is taken by force, and tells how far it is', async () => {
  expect(await snapshots.ensure('snap-1', spec, call)).toMatchObject({ settled: false, progress: 0 });
  expect(asked()).toEqual(['GET /volumes', 'GET /servers', 'POST /snapshots']);
  const snapshot = { volume_id: 'native-v', name: 'snap-1', metadata: { elsewhere: 'snap-1' }, force: true };
  expect(cloud.bodies).toEqual([{ snapshot }]);
  const progress = async (said: string) => {
    Object.assign(only(), { 'os-extended-snapshot-attributes:progress': said });
    return (await snapshots.look('snap-1', call))?.progress;
  };
  expect(await progress('42%')).toBe(42);
  expect(await progress('100%')).toBe(99);
  expect(await progress('')).toBe(0);
  cloud.settle();
  expect(await snapshots.ensure('snap-1', spec, call)).toEqual({ settled: true, progress: 100 });
  expect(cloud.snapshots.size).toBe(1);
});

it('finds by its name what was made though the answer was lost', async () => {
  cloud.loseAnswer();
  await expect(snapshots.ensure('snap-1', spec, call)).rejects.toMatchObject({ trouble: 'unavailable' });
  open();
  expect(await snapshots.ensure('snap-1', spec, call)).toMatchObject({ settled: false });
  expect(cloud.snapshots.size).toBe(1);
  cloud.settle();
  asked();
  expect(await snapshots.look('snap-1', call)).toMatchObject({ progress: 100 });
  expect(asked()).toEqual(['GET /snapshots']);
});

it('is refused without a volume, before anything is made', async () => {
  const refused = snapshots.ensure('snap-1', { ...spec, volume: 'vol-9' }, call);
  await expect(refused).rejects.toMatchObject({ trouble: 'invalid' });
  expect(pairs.size).toBe(0);
  expect(asked()).toEqual([]);
});

it('tells why it failed, and can be deleted then', async () => {
  await snapshots.ensure('snap-1', spec, call);
  only().status = 'error';
  cloud.messages.set(only().id, 'create snapshot:Not enough storage space.');
  await expect(snapshots.ensure('snap-1', spec, call)).rejects.toMatchObject({ trouble: 'no-capacity' });
  expect(await snapshots.look('snap-1', call)).toMatchObject({ settled: true, progress: 0 });
  await snapshots.absent('snap-1', call);
  cloud.settle();
  expect(await snapshots.absent('snap-1', call)).toEqual({ settled: true });
});

it('is gone when Cinder has it no more, and its volume is seen to', async () => {
  await snapshots.ensure('snap-1', spec, call);
  expect(await snapshots.absent('snap-1', call)).toMatchObject({ settled: false });
  cloud.settle();
  asked();
  expect(await snapshots.absent('snap-1', call)).toMatchObject({ settled: false });
  expect(asked()).toEqual(['GET /snapshots', 'GET /volumes', 'GET /servers', 'DELETE /snapshots']);
  await expect(snapshots.ensure('snap-1', spec, call)).rejects.toMatchObject({ trouble: 'conflict' });
  cloud.settle();
  after = { settled: false, lookAgainMs: 10 };
  expect(await snapshots.absent('snap-1', call)).toEqual(after);
  expect(asked()).toEqual(['GET /snapshots', 'GET /snapshots']);
  open();
  expect(await snapshots.look('snap-1', call)).toBeUndefined();
  const listed = [];
  for await (const { id } of snapshots.list(call)) listed.push(id);
  expect(listed).toEqual([]);
  after = { settled: true };
  expect(await snapshots.absent('snap-1', call)).toEqual({ settled: true });
  expect(asked()).toEqual([]);
  expect(pairs.size).toBe(0);
});

it('is not taken while Nova is at work on the server of its volume, and nothing is written down', async () => {
  const server = cloud.servers.get('native-i')!;
  Object.assign(server, { 'OS-EXT-STS:task_state': 'image_snapshot' });
  expect(await snapshots.ensure('snap-1', spec, call)).toMatchObject({ settled: false, progress: 0 });
  expect([cloud.snapshots.size, pairs.size]).toEqual([0, 0]);
  Object.assign(server, { 'OS-EXT-STS:task_state': null });
  await snapshots.ensure('snap-1', spec, call);
  expect(cloud.snapshots.size).toBe(1);
});

it('is not deleted while Nova is at work on the server of its volume', async () => {
  await snapshots.ensure('snap-1', spec, call);
  cloud.settle();
  const at = (busy: string | null) => Object.assign(cloud.servers.get('native-i')!, { 'OS-EXT-STS:task_state': busy });
  at('powering-off');
  expect(await snapshots.absent('snap-1', call)).toMatchObject({ settled: false });
  expect(only().status).toBe('available');
  at(null);
  await snapshots.absent('snap-1', call);
  expect(only().status).toBe('deleting');
  // It is Cinder's now: what is done to the server waits for it.
  at('powering-off');
  cloud.settle();
  expect(await snapshots.absent('snap-1', call)).toEqual({ settled: true });
});

it('is deleted in the turn of the machine of its volume', async () => {
  await machines.put('i-1', call, { account: call.account, native: 'native-i' });
  await snapshots.ensure('snap-1', spec, call);
  cloud.settle();
  let end = (): void => undefined;
  const turn = machines.alone(
    'i-1',
    call,
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const gone = snapshots.absent('snap-1', call);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(only().status).toBe('available');
  Object.assign(cloud.servers.get('native-i')!, { 'OS-EXT-STS:task_state': 'powering-off' });
  end();
  await turn;
  expect(await gone).toMatchObject({ settled: false });
  expect(only().status).toBe('available');
});

it('asks nothing about what was never begun, and obeys about those of others', async () => {
  expect(await snapshots.absent('snap-f', call)).toEqual({ settled: true });
  expect(await snapshots.look('snap-f', call)).toBeUndefined();
  expect(asked()).toEqual([]);
  await snapshots.ensure('snap-1', spec, call);
  cloud.settle();
  pairs.clear();
  const { id } = only();
  open(async (asking) => (asking === 'snap-f' && cloud.snapshots.has(id) ? id : undefined));
  expect(await snapshots.look('snap-f', call)).toMatchObject({ progress: 100 });
  await snapshots.absent('snap-f', call);
  cloud.settle();
  expect(await snapshots.absent('snap-f', call)).toEqual({ settled: true });
  expect(pairs.size).toBe(0);
});
