import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Engine, engine, scope, settled, takeOver, thing } from '../../../test/support/engine.ts';
import { shaky } from '../../../test/support/shaky.ts';
import { write } from '../context/writing.ts';
import { operation } from './operation.ts';
import { createWorker } from './worker.ts';

const spec = { zone: 'z', sizeGiB: 1, type: 'gp3', encrypted: false };

/** Makes one thing in the cloud, and says so in the row. */
const make = operation<{ readonly id: string }>(
  'test.make',
  async (op, { id }) => {
    await op.ensure('it', {
      do: (driver, call) => driver.volumes.ensure(id, spec, call),
      undo: (driver, call) => driver.volumes.absent(id, call),
    });
    await op.finish('ready', async (tx) => {
      const row = await tx.find(thing, id);
      if (row !== undefined) await tx.on(thing, row, 'ready');
    });
  },
  { giveUp: async (tx, { id }) => void (await tx.on(thing, await tx.need(thing, id), 'fail')) },
);

async function ended(...engines: readonly Engine[]): Promise<void> {
  expect(await engines[0]!.store.operations.pending()).toBe(0);
  for (const { worker } of engines) await worker.drain();
  await engines[0]!.store.close();
}

describe('order', () => {
  it('operations of one subject run one after another, others side by side and never too many', async () => {
    const e = await engine([make], { concurrency: 3 });
    const now = new Map<string, number>();
    let [most, overlaps] = [0, 0];
    e.cloud.ensure = async (id) => {
      const subject = id[0]!;
      now.set(subject, (now.get(subject) ?? 0) + 1);
      if (now.get(subject)! > 1) overlaps++;
      most = Math.max(most, e.worker.busy);
      await sleep(1);
      now.set(subject, now.get(subject)! - 1);
      return settled;
    };
    for (let i = 0; i < 40; i++) await e.begin(make, { id: `${i % 8}-${i}` }, `subject ${i % 8}`);
    await e.settle();
    expect([overlaps, most]).toEqual([0, 3]);
    for (let subject = 0; subject < 8; subject++) {
      const calls = e.calls.filter((call) => call.startsWith(`ensure ${subject}-`));
      expect(calls).toEqual([0, 1, 2, 3, 4].map((n) => `ensure ${subject}-${subject + 8 * n}`));
    }
    await ended(e);
  });

  it('what waits does not hold up what is due, nor the other way round', async () => {
    const e = await engine([make], { concurrency: 1 });
    const begun = e.clock.now();
    const at: Record<string, number> = {};
    const waits: Record<string, number> = { slow: 60_000, quick: 1_000, none: 0 };
    e.cloud.ensure = async (id) => {
      at[id] ??= e.clock.now() + waits[id]!;
      return at[id] <= e.clock.now() ? settled : { settled: false, lookAgainMs: at[id] - e.clock.now() };
    };
    for (const id of ['slow', 'quick', 'none']) await e.begin(make, { id }, id);
    await e.worker.idle();
    expect(e.calls).toEqual(['ensure slow', 'ensure quick', 'ensure none']);
    await e.clock.advance(1_000);
    await e.worker.idle();
    expect(await e.store.operations.nextDue()).toBe(begun + 60_000);
    await e.settle();
    expect(e.calls.slice(3)).toEqual(['ensure quick', 'ensure slow']);
    await ended(e);
  });

  it('keeps what is started before it works itself', async () => {
    const worker = createWorker([make], { owner: 'late', concurrency: 2, leaseMs: 1e12, pollMs: undefined });
    const e = await engine([]);
    const world = { ...e.world, worker };
    await write(world, scope, (tx) => tx.start(make, 's', { id: 'early' }));
    expect(e.calls).toEqual([]);
    worker.start(world);
    await worker.idle();
    expect(e.calls).toEqual(['ensure early']);
    await worker.drain();
    await ended(e);
  });
});

describe('trouble with the store', () => {
  it('a write that fails undoes nothing: the operation begins again at what is durable', async () => {
    const { store, failing } = await shaky();
    const e = await engine([make], { store });
    const id = await e.makeThing();
    e.cloud.ensure = async () => {
      if (e.calls.length < 3) failing.add('write');
      return settled;
    };
    await e.begin(make, { id });
    await e.worker.idle();
    await e.clock.advance(999);
    await e.worker.idle();
    expect(e.calls).toEqual([`ensure ${id}`]);
    failing.clear();
    await e.clock.advance(1);
    await e.worker.idle();
    expect(e.calls).toEqual([`ensure ${id}`, `ensure ${id}`]);
    failing.clear();
    await e.settle();
    expect(e.calls).toEqual(Array(3).fill(`ensure ${id}`));
    expect((await e.row(id))?.state).toBe('done');
    expect(e.said).toContain('operation could not be run; will try again');
    await ended(e);
  });

  it('one write that fails is no reason to turn round', async () => {
    const { store, failing } = await shaky();
    const e = await engine([make], { store });
    const id = await e.makeThing();
    e.cloud.ensure = async () => {
      if (e.calls.length === 1) failing.add('one write');
      return settled;
    };
    await e.begin(make, { id });
    await e.settle();
    expect(e.calls).toEqual([`ensure ${id}`, `ensure ${id}`]);
    expect((await e.row(id))?.state).toBe('done');
    await ended(e);
  });

  it.each(['claim', 'nextDue'])('a %s that fails is made again', async (what) => {
    const { store, failing } = await shaky();
    const e = await engine([make], { store });
    let asked = 0;
    e.cloud.ensure = async () => (asked++ === 0 ? { settled: false, lookAgainMs: 10 } : settled);
    await e.begin(make, { id: 'a' });
    await e.worker.idle();
    failing.add(what);
    await e.clock.advance(10);
    await sleep(20);
    expect(e.said).toContain('the operations cannot be read; will try again');
    failing.clear();
    await e.clock.advance(1_000);
    await e.settle();
    expect(asked).toBe(2);
    await ended(e);
  });

  it('an operation that this program does not know stays, and is said', async () => {
    const e = await engine([]);
    await e.begin(make, { id: 'a' });
    await e.worker.idle();
    expect(e.said).toEqual(['operation could not be run; will try again']);
    expect(await e.store.operations.pending()).toBe(1);
    await e.worker.drain();
    const wiser = await engine([make], { store: e.store, seed: 2 });
    await wiser.settle();
    await ended(wiser);
  });
});

describe('leases', () => {
  it('a run whose lease is lost is cut off in the middle of a call, and writes nothing', async () => {
    const e = await engine([make], { leaseMs: 30 });
    const id = await e.makeThing();
    let cut = false;
    e.cloud.ensure = (_, call) =>
      new Promise((_resolve, reject) => {
        call.signal.addEventListener('abort', () => {
          cut = true;
          reject(call.signal.reason);
        });
      });
    await e.begin(make, { id });
    await sleep(5);
    await takeOver(e);
    await e.worker.idle();
    expect(cut).toBe(true);
    expect((await e.row(id))?.state).toBe('new');
    expect(await e.store.operations.pending()).toBe(1);
    await e.worker.drain();
    await e.store.close();
  });

  it('leases are extended as long as the work takes', async () => {
    const e = await engine([make], { leaseMs: 30 });
    e.cloud.ensure = async () => {
      for (let i = 0; i < 8; i++) {
        await sleep(15);
        await e.clock.advance(15);
      }
      return settled;
    };
    await e.begin(make, { id: 'a' });
    await e.worker.idle();
    expect([e.calls, e.said]).toEqual([['ensure a'], []]);
    await ended(e);
  });

  it('takes over what a dead process had leased, once the lease is over', async () => {
    const dead = await engine([make], { owner: 'dead', leaseMs: 5_000 });
    dead.cloud.ensure = () => new Promise(() => undefined);
    await dead.begin(make, { id: 'a' });
    await sleep(5);
    const heir = await engine([make], { store: dead.store, clock: dead.clock, owner: 'heir', pollMs: 5, seed: 2 });
    await sleep(30);
    expect(heir.calls).toEqual([]);
    await heir.clock.advance(5_001);
    await sleep(50);
    await heir.worker.idle();
    expect(heir.calls).toEqual(['ensure a']);
    await ended(heir);
  });

  it('two workers on one store never run one operation at the same time', async () => {
    const one = await engine([make], { owner: 'one', pollMs: 2, leaseMs: 60_000 });
    const two = await engine([make], {
      owner: 'two',
      pollMs: 2,
      leaseMs: 60_000,
      store: one.store,
      clock: one.clock,
      seed: 2,
    });
    const now = new Set<string>();
    let overlaps = 0;
    const left = new Map<string, number>();
    for (const e of [one, two]) {
      e.cloud.ensure = async (id) => {
        if (now.has(id)) overlaps++;
        now.add(id);
        await sleep(1);
        now.delete(id);
        left.set(id, (left.get(id) ?? 4) - 1);
        return left.get(id) === 0 ? settled : { settled: false, lookAgainMs: 1 };
      };
    }
    for (let i = 0; i < 30; i++) await [one, two][i % 2]!.begin(make, { id: `t${i}` }, `s${i % 15}`);
    while ((await one.store.operations.pending()) > 0) {
      await one.clock.advance(1);
      await sleep(2);
    }
    expect(overlaps).toBe(0);
    expect([...left.values()]).toEqual(Array(30).fill(0));
    expect([one.calls.length > 0, two.calls.length > 0, one.calls.length + two.calls.length]).toEqual([
      true,
      true,
      120,
    ]);
    await ended(one, two);
  });
});

describe('drain', () => {
  it('cuts calls off without undoing, frees every lease and takes nothing new', async () => {
    const e = await engine([make], { concurrency: 1 });
    const id = await e.makeThing();
    e.cloud.ensure = (_, call) =>
      new Promise((_resolve, reject) => call.signal.addEventListener('abort', () => reject(new Error('aborted'))));
    await e.begin(make, { id });
    await e.begin(make, { id: 'queued' }, 'other');
    await e.worker.drain();
    await e.begin(make, { id: 'after' }, 'after');
    expect(e.calls).toEqual([`ensure ${id}`]);
    const next = await engine([make], { store: e.store, clock: e.clock, seed: 2 });
    await next.store.operations.release(undefined);
    await next.settle();
    expect(next.calls.sort()).toEqual(['ensure after', 'ensure queued', `ensure ${id}`].sort());
    expect((await next.row(id))?.state).toBe('done');
    await ended(next);
  });
});

it('refuses two operations of one name', () => {
  const options = { owner: 'x', concurrency: 1, leaseMs: 1, pollMs: undefined };
  expect(() => createWorker([make, make], options)).toThrow('two operations have one name');
});
