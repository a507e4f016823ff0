import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { DriverError } from '../../ports/driver.ts';
import type { Changes } from '../../ports/foreign.ts';
import { write } from '../context/writing.ts';
import { actions } from '../registry.ts';
import provisionVolume from '../volume/operations/provisionVolume.ts';
import { volume } from '../volume/volume.ts';
import type { Adoption } from './adopter.ts';
import { Follower } from './follower.ts';
import { needing } from './needs.ts';

interface Thing {
  readonly id: string;
  readonly sizeGiB: number;
}

const scope = { account: testAccount, region: 'us-east-1' };
const one = 'vol-00000000000000001';
const two = 'vol-00000000000000002';

let w: TestWorld;
let asked: (string | undefined)[];
let adopted: number;
/** What the cloud says, or does, at the next question. */
let answer: (since: string | undefined) => Promise<Changes<Thing>>;

const adoption: Adoption<Thing> = {
  kinds: [volume.kind],
  async adopt(tx, { things }, unsettled) {
    adopted++;
    const hands = await unsettled(things.map(({ id }) => id));
    for (const { id, sizeGiB } of things) {
      if (hands.has(id)) continue;
      const row = await tx.find(volume, id);
      if (row !== undefined) await tx.update(volume, row, { sizeGiB });
      else {
        const rest = {
          state: 'available',
          zone: 'us-east-1a',
          type: 'gp2',
          encrypted: false,
          multiAttach: false,
        } as const;
        await tx.insert(volume, { id, sizeGiB, ...rest, attachments: [] });
      }
    }
  },
};

const follow = () =>
  new Follower<Thing>({
    ...{ world: w.world, scope, name: 'volumes', adoption },
    feed: {
      changes: async (since) => {
        asked.push(since);
        const changes = await answer(since);
        return { ...changes, whole: since === undefined };
      },
    },
  });

const told = (mark: string, ...things: readonly Thing[]): Changes<Thing> => ({ mark, whole: false, things, gone: [] });
const revision = () => w.world.store.read.revision(scope, [volume.kind]);
const sizes = async () =>
  (await w.call('DescribeVolumes')).Volumes.map((v: { VolumeId: string; Size: number }) => [v.VolumeId, v.Size]);

beforeEach(async () => {
  w = await testWorld();
  asked = [];
  adopted = 0;
});
afterEach(() => w.close());

describe('a follower', () => {
  it('adopts what is told, asks from the mark on, and does nothing where nothing is new', async () => {
    const follower = follow();
    answer = async () => told('m1', { id: one, sizeGiB: 1 });
    await follower.catchUp();
    expect(await sizes()).toEqual([[one, 1]]);
    answer = async () => told('m2', { id: one, sizeGiB: 1 });
    await follower.catchUp();
    const before = [await revision(), adopted];
    await follower.catchUp();
    answer = async () => told('m3');
    await follower.catchUp();
    expect([await revision(), adopted]).toEqual(before);
    expect(asked).toEqual([undefined, 'm1', 'm2', 'm2']);
  });

  it('goes on from the mark that another process left, and reads all again when that is old', async () => {
    answer = async () => told('m1', { id: one, sizeGiB: 1 });
    await follow().catchUp();
    asked = [];
    await follow().catchUp();
    expect(asked[0]).toBe('m1');
    asked = [];
    await w.clock.advance(61 * 60_000);
    await follow().catchUp();
    expect(asked[0]).toBeUndefined();
  });

  it('waits for a reading of everything once that is a minute old, and has it read behind the answer before', async () => {
    const follower = follow();
    answer = async () => told('m1', { id: one, sizeGiB: 1 });
    await follower.catchUp();
    await w.clock.advance(41_000);
    await follower.catchUp();
    await expect.poll(() => asked).toEqual([undefined, 'm1', undefined]);
    await w.clock.advance(60_001);
    // Nothing of it has a date in the cloud.
    answer = async (since) => (since === undefined ? told('m2', { id: one, sizeGiB: 5 }) : told('m2'));
    await follower.catchUp();
    expect(await sizes()).toEqual([[one, 5]]);
    expect(asked).toHaveLength(4);
  });

  it('shares looks: whoever comes while one is under way waits for the next', async () => {
    const follower = follow();
    const finish: (() => void)[] = [];
    answer = () => new Promise((resolve) => finish.push(() => resolve({ whole: true, things: [], gone: [] })));
    const over: string[] = [];
    const first = follower.catchUp().then(() => over.push('first'));
    const others = [follower.catchUp(), follower.catchUp()].map((each) => each.then(() => over.push('other')));
    while (finish.length < 1) await new Promise(setImmediate);
    finish[0]!();
    await first;
    expect(over).toEqual(['first']);
    while (finish.length < 2) await new Promise(setImmediate);
    finish[1]!();
    await Promise.all(others);
    expect(asked).toHaveLength(2);
  });

  it('of a look of some seconds ago asks nothing, looks again behind an answer, and before it when that is old', async () => {
    const follower = follow();
    answer = async () => told('m1', { id: one, sizeGiB: 1 });
    await follower.lately();
    expect(await sizes()).toEqual([[one, 1]]);
    await w.clock.advance(9_000);
    await follower.lately();
    expect(asked).toHaveLength(1);
    await w.clock.advance(2_000);
    answer = async () => told('m2', { id: one, sizeGiB: 2 });
    await follower.lately();
    await expect.poll(sizes).toEqual([[one, 2]]);
    await w.clock.advance(15_000);
    answer = async () => told('m3', { id: one, sizeGiB: 3 });
    await follower.lately();
    expect(await sizes()).toEqual([[one, 3]]);
    expect(asked).toEqual([undefined, 'm1', 'm2']);
  });

  it('leaves what an operation has in hand, or has had since the cloud was asked, and asks for it again', async () => {
    const follower = follow();
    await w.worker.drain();
    await write(w.world, scope, (tx) => tx.start(provisionVolume, one, { id: one }));
    answer = async () => told('m1', { id: one, sizeGiB: 1 }, { id: two, sizeGiB: 2 });
    await follower.catchUp();
    expect(await sizes()).toEqual([[two, 2]]);
    answer = async () => {
      await write(w.world, scope, async (tx) => tx.update(volume, await tx.need(volume, two), { sizeGiB: 7 }));
      return told('m2', { id: two, sizeGiB: 3 });
    };
    await follower.catchUp();
    expect(await sizes()).toEqual([[two, 7]]);
    answer = async () => told('m3', { id: two, sizeGiB: 4 });
    await follower.catchUp();
    expect(await sizes()).toEqual([[two, 4]]);
    expect(asked).toEqual([undefined, undefined, undefined]);
  });

  it('waits 5 s for a cloud that answered the last time, and then leaves it alone for a while', async () => {
    const follower = follow();
    answer = () => new Promise(() => undefined);
    let over = false;
    const waiting = follower.catchUp().then(() => {
      over = true;
    });
    while (asked.length < 1) await new Promise(setImmediate);
    await w.clock.advance(4_900);
    expect(over).toBe(false);
    await w.clock.advance(200);
    await waiting;
    await follower.catchUp();
    expect(asked).toHaveLength(1);
    // After that it is waited for 2 s.
    await w.clock.advance(5_001);
    const again = follower.catchUp();
    await w.clock.advance(2_001);
    await again;
  });

  it('answers from the rows when the cloud is down, and asks again after 5 s', async () => {
    const follower = follow();
    answer = async () => told('m1', { id: one, sizeGiB: 1 });
    await follower.catchUp();
    answer = () => Promise.reject(new DriverError('unavailable', 'down'));
    await follower.catchUp();
    const before = asked.length;
    await follower.catchUp();
    expect(asked).toHaveLength(before);
    expect(await sizes()).toEqual([[one, 1]]);
    await w.clock.advance(5_001);
    answer = async () => told('m2', { id: one, sizeGiB: 9 });
    await follower.catchUp();
    expect(await sizes()).toEqual([[one, 9]]);
  });
});

it('names only actions that there are', () => {
  expect(needing.filter((name) => !Object.hasOwn(actions, name))).toEqual([]);
});
