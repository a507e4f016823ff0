import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { VirtualClock } from '../../../main/clock/virtual.ts';
import { createVirtualClock } from '../../../main/clock/virtual.ts';
import { idOf } from '../ids.ts';
import type { Ask } from '../rest/session.ts';
import { type FakeSession, fakeSession } from '../session.fixture.ts';
import { callOf } from '../storage/storage.fixture.ts';
import { createOwnImages, type OwnImages } from './ownImages.ts';

const call = callOf('111111111111');
const accounts: Readonly<Record<string, string>> = { p1: '111111111111', p2: '222222222222' };

interface Stored {
  readonly id: string;
  readonly owner: string;
  readonly [property: string]: unknown;
}
const image = (id: string, owner: string, more: object = {}): Stored => ({
  ...{ id, owner, name: `name of ${id}`, status: 'active', visibility: 'shared', tags: [], protected: false },
  ...{ created_at: '2026-01-02T03:04:05Z', container_format: 'bare', disk_format: 'raw', min_disk: 0 },
  ...more,
});

let stored: Stored[];
/** What projects think of images that others share with them. */
let statuses: Record<string, string>;
let made: Map<string, string>;
let halfMade: Set<string>;
const claims: [id: string, native: string][] = [];
let session: FakeSession;
let images: OwnImages;
let clock: VirtualClock;

beforeEach(() => {
  [stored, statuses, made, halfMade] = [[], {}, new Map(), new Set()];
  session = fakeSession({
    'image /images': ({ query = {} }: Ask) => {
      const { owner, member_status: status, visibility } = query;
      const isAsked = (one: Stored): boolean =>
        owner === undefined
          ? one.visibility === visibility && (one.owner === 'p1' || statuses[one.id] === status)
          : one.owner === owner;
      return { images: stored.filter(isAsked) };
    },
  });
  clock = createVirtualClock({ start: 0 });
  images = createOwnImages({
    clock,
    placeOf: async () => ({ project: 'p1', session }),
    accountOf: async (project) => accounts[project] ?? '000000000000',
    made: async () => made,
    halfMade: async () => halfMade,
    claim: async (id, native) => {
      claims.push([id, native]);
      return id === 'ami-0000000000000000c' ? 'its' : 'not';
    },
    shownAs: (native) => (native === 'public' ? 'ami-0000000a' : undefined),
  });
});

const told = async () => (await images.changes(undefined, call)).things;
const ids = async () => (await told()).map(({ id }) => id);

describe('the images of a project', () => {
  it('are its own, and those that others share and it has not rejected, each once', async () => {
    stored = [
      image('mine', 'p1'),
      image('private', 'p1', { visibility: 'private', created_at: '2026-01-03T00:00:00Z' }),
      image('given', 'p2', { created_at: '2026-01-04T00:00:00Z' }),
      image('offered', 'p2', { created_at: '2026-01-05T00:00:00Z' }),
      image('unwanted', 'p2'),
      image('gone', 'p1', { status: 'pending_delete' }),
    ];
    statuses = { given: 'accepted', offered: 'pending', unwanted: 'rejected' };
    expect(await told()).toMatchObject([
      { id: idOf('ami', 'mine'), ownerId: '111111111111', isPublic: false },
      { id: idOf('ami', 'private') },
      { id: idOf('ami', 'given'), ownerId: '222222222222' },
      { id: idOf('ami', 'offered') },
    ]);
    expect(session.asked).toHaveLength(3);
  });

  it('have the state that Glance says', async () => {
    stored = [
      image('queued', 'p1', { status: 'queued', container_format: null, disk_format: null, name: null }),
      image('off', 'p1', { status: 'deactivated', protected: true }),
      image('open', 'p1', { visibility: 'public' }),
    ];
    const states = (await told()).map(({ name, state, isProtected, isPublic }) => [name, state, isProtected, isPublic]);
    expect(states.sort()).toEqual([
      ['name of off', 'failed', true, false],
      ['name of open', 'available', false, true],
      ['queued', 'pending', false, false],
    ]);
  });

  it('have ids of ours where we made them, also before that is known, and believe nobody’s word for them', async () => {
    made.set('ours', 'ami-0000000000000000a');
    halfMade.add('ami-0000000000000000b');
    stored = [
      image('ours', 'p1', { elsewhere: 'ami-0000000000000000a' }),
      image('lost', 'p1', { name: 'ami-0000000000000000b' }),
      image('copy', 'p1', { elsewhere: 'ami-0000000000000000a' }),
      image('liar', 'p1', { ec2_id: 'ami-00000000000000001' }),
      image('public', 'p1', { visibility: 'public' }),
    ];
    const expected = ['ami-0000000000000000a', 'ami-0000000000000000b', 'ami-0000000a'];
    expect((await ids()).sort()).toEqual([...expected, idOf('ami', 'copy'), idOf('ami', 'liar')].sort());
  });

  it('have the ids of ours that they say in name and property, where nobody has these: the project’s own', async () => {
    const [lost, taken] = ['ami-0000000000000000c', 'ami-0000000000000000d'];
    claims.length = 0;
    stored = [
      image('lost', 'p1', { name: lost, elsewhere: lost }),
      image('taken', 'p1', { name: taken, elsewhere: taken, created_at: '2026-01-03T00:00:00Z' }),
      image('derived', 'p1', { name: 'of lost', elsewhere: lost }),
      image('given', 'p2', { name: taken, elsewhere: taken }),
    ];
    statuses = { given: 'accepted' };
    const computed = ['taken', 'derived', 'given'].map((native) => idOf('ami', native));
    expect((await ids()).sort()).toEqual([lost, ...computed].sort());
    expect(claims).toEqual([
      [lost, 'lost'],
      [taken, 'taken'],
    ]);
  });

  it('are found by their ids, in the last list or in a new one', async () => {
    const mapping = [
      { snapshot_id: 's2', boot_index: -1, volume_size: 2 },
      { snapshot_id: 's1', boot_index: 0 },
    ];
    stored = [image('mine', 'p1'), image('given', 'p2')];
    statuses = { given: 'accepted' };
    expect(await images.find(idOf('ami', 'mine'), call)).toEqual({ native: 'mine', own: true, ofVolumes: false });
    expect(await images.find(idOf('ami', 'given'), call)).toMatchObject({ native: 'given', own: false });
    expect(session.asked).toHaveLength(3);
    made.set('s2', 'snap-0000000000000000a');
    stored = [...stored, image('volumes', 'p1', { block_device_mapping: JSON.stringify(mapping) })];
    expect(await images.find(idOf('ami', 'volumes'), call)).toMatchObject({ ofVolumes: true });
    expect(await images.snapshotOf(idOf('snap', 's1'), call)).toBe('s1');
    expect(await images.snapshotOf('snap-0000000000000000a', call)).toBe('s2');
    expect((await told()).at(-1)?.blockDevices).toMatchObject([
      { deviceName: '/dev/vda', ebs: { snapshotId: idOf('snap', 's1') } },
      { deviceName: '/dev/vdb', ebs: { snapshotId: 'snap-0000000000000000a' } },
    ]);
    expect(await images.find('ami-00000000', call)).toBeUndefined();
  });

  it('cost one request while nothing changes; what others share is not older than 15 s', async () => {
    stored = [image('mine', 'p1'), image('given', 'p2')];
    statuses = { given: 'accepted' };
    await told();
    expect(session.asked).toHaveLength(3);
    stored = [image('next', 'p1')];
    expect((await ids()).sort()).toEqual([idOf('ami', 'next'), idOf('ami', 'given')].sort());
    expect(session.asked).toHaveLength(4);
    expect(session.asked.at(-1)?.query).toMatchObject({ owner: 'p1' });
    await clock.advance(15_000);
    expect(await ids()).toEqual([idOf('ami', 'next')]);
    expect(session.asked).toHaveLength(7);
  });

  it('are asked for behind who asks often, and at once where a share changed here', async () => {
    stored = [image('given', 'p2')];
    statuses = { given: 'pending' };
    await told();
    stored = [];
    images.sharesChanged();
    expect(await ids()).toEqual([]);
    stored = [image('given', 'p2')];
    await clock.advance(8_000);
    expect(await ids()).toEqual([]);
    await clock.advance(0);
    await vi.waitFor(async () => expect(await ids()).toEqual([idOf('ami', 'given')]));
  });
});
