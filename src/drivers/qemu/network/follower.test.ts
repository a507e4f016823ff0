import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../../test/support/log.ts';
import { createFollower, type Follower } from './follower.ts';
import type { Network, Plane } from './plane.ts';

const networkOf = (name: string): Network => ({
  ...{ vpcs: [], peerings: [], groups: [], addresses: [] },
  ports: name === '' ? [] : [{ id: name } as Network['ports'][number]],
});

/** What is recorded, and what the plane was told. */
let recorded: string;
const told: string[] = [];
/** Work of the plane that waits for the test. */
let held: Promise<void> | undefined;
let failure: Error | undefined;
let timers: (() => void)[];
let follower: Follower;

beforeEach(() => {
  told.length = 0;
  timers = [];
  [held, failure, recorded] = [undefined, undefined, 'one'];
  const plane: Plane = {
    async apply({ ports }) {
      await held;
      if (failure !== undefined) throw failure;
      told.push(ports[0]!.id);
    },
    end: async () => void told.push('end'),
    ...{ ports: async () => new Map(), open: async () => new Map(), close: async () => undefined },
  };
  follower = createFollower({
    ...{ plane, log: silentLog, read: async () => networkOf(recorded) },
    clock: {
      now: () => 0,
      at(_, callback) {
        timers.push(callback);
        return { cancel: () => void timers.splice(0) };
      },
    },
  });
});

describe('the network follows the records', () => {
  it('as they are when it is read; what comes meanwhile goes together with the next', async () => {
    let go: () => void = () => undefined;
    held = new Promise((resolve) => {
      go = resolve;
    });
    const first = follower.now();
    await Promise.resolve();
    recorded = 'two';
    const others = [follower.now(), follower.now()];
    recorded = 'three';
    go();
    await Promise.all([first, ...others]);
    expect(told).toEqual(['one', 'three']);
  });

  it('without a port the plane ends', async () => {
    recorded = '';
    await follower.now();
    expect(told).toEqual(['end']);
  });

  it('what fails is told, and tried again until it is so', async () => {
    failure = new Error('no switch');
    await expect(follower.now()).rejects.toMatchObject({ trouble: 'unavailable', retry: true });
    expect(timers).toHaveLength(1);
    timers.splice(0)[0]!();
    await expect.poll(() => timers.length).toBe(1);
    failure = undefined;
    recorded = 'two';
    timers.splice(0)[0]!();
    await expect.poll(() => told).toEqual(['two']);
    expect(timers).toEqual([]);
  });

  it('one that is closed does nothing more', async () => {
    failure = new Error('no switch');
    await expect(follower.now()).rejects.toThrow();
    await follower.close();
    expect(timers).toEqual([]);
    failure = undefined;
    await follower.now();
    expect(told).toEqual([]);
  });
});
