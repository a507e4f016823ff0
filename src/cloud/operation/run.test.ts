import { describe, expect, it } from 'vitest';
import { type Engine, engine, scope, settled, takeOver, thing } from '../../../test/support/engine.ts';
import { fail } from '../../kernel/errors.ts';
import { DriverError } from '../../ports/driver.ts';
import { write } from '../context/writing.ts';
import { operation, type Steps } from './operation.ts';

const spec = { zone: 'z', sizeGiB: 1, type: 'gp3', encrypted: false };
interface Input {
  readonly id: string;
}

/** A step that makes something with a way back. */
const make = (op: Steps, name: string) =>
  op.ensure(name, {
    do: (driver, call) => driver.volumes.ensure(name, spec, call),
    undo: (driver, call) => driver.volumes.absent(name, call),
  });

const giveUp = async (
  tx: Parameters<Parameters<typeof operation<Input>>[2]['giveUp']>[0],
  { id }: Input,
  why: { trouble: string },
) => {
  await tx.on(thing, await tx.need(thing, id), 'fail', { note: why.trouble });
};

const finish = (op: Steps, id: string) =>
  op.finish('ready', async (tx) => {
    await tx.on(thing, await tx.need(thing, id), 'ready');
  });

/** Makes a and b, with a read and a commit in between. */
const plain = (seen: string[] = []) =>
  operation<Input>(
    'test.plain',
    async (op, { id }) => {
      await op.read('look', async () => seen.push('read'));
      await make(op, 'a');
      await op.commit('note', async (tx) => {
        seen.push('commit');
        await tx.update(thing, await tx.need(thing, id), { note: 'half' });
      });
      await make(op, 'b');
      await finish(op, id);
    },
    { giveUp },
  );

const no = (trouble: 'denied' | 'unavailable') => Promise.reject(new DriverError(trouble, `${trouble}!`));

async function started(declaration = plain()): Promise<Engine & { id: string }> {
  const e = await engine([declaration]);
  return { ...e, id: await e.makeThing() };
}

async function ended({ store, worker }: Engine): Promise<void> {
  expect(await store.operations.pending()).toBe(0);
  await worker.drain();
  await store.close();
}

describe('forward', () => {
  it('runs each step once, in order, and ends with the last commit', async () => {
    const seen: string[] = [];
    const e = await started(plain(seen));
    await e.begin(plain(), { id: e.id });
    await e.settle();
    expect([e.calls, seen]).toEqual([
      ['ensure a', 'ensure b'],
      ['read', 'commit'],
    ]);
    expect(await e.row(e.id)).toMatchObject({ state: 'done', note: 'half' });
    await ended(e);
  });

  it('does not repeat what is journaled when it goes on after a wait; the wait is in the store', async () => {
    const seen: string[] = [];
    const e = await started(plain(seen));
    let asked = 0;
    e.cloud.ensure = async (id) => (id === 'b' && asked++ < 2 ? { settled: false, lookAgainMs: 5_000 } : settled);
    await e.begin(plain(), { id: e.id });
    await e.worker.idle();
    expect(await e.store.operations.nextDue()).toBe(e.clock.now() + 5_000);
    expect(e.worker.busy).toBe(0);
    await e.settle();
    expect([e.calls, seen]).toEqual([
      ['ensure a', 'ensure b', 'ensure b', 'ensure b'],
      ['read', 'commit'],
    ]);
    await ended(e);
  });

  it('tries passing trouble again, later and later, and counts anew after a success', async () => {
    const e = await started();
    let failures = 0;
    e.cloud.ensure = (id) => (id === 'a' && failures++ < 4 ? no('unavailable') : Promise.resolve(settled));
    const at: number[] = [];
    const { ensure } = e.cloud;
    e.cloud.ensure = (id, call) => {
      at.push(e.clock.now());
      return ensure(id, call);
    };
    await e.begin(plain(), { id: e.id });
    await e.settle();
    const waits = at.slice(1, 5).map((time, i) => time - at[i]!);
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(250 * 2 ** i);
      expect(wait).toBeLessThan(2 * 250 * 2 ** i);
    }
    expect((await e.row(e.id))?.state).toBe('done');
    await ended(e);
  });

  it('gives what was read at first to every later run', async () => {
    const got: unknown[] = [];
    let version = 1;
    const declaration = operation<Input>(
      'test.read',
      async (op) => {
        got.push(await op.read('look', async () => ({ version })));
        await make(op, 'a');
      },
      { giveUp },
    );
    const e = await started(declaration);
    e.cloud.ensure = async () => (version++ === 1 ? { settled: false } : settled);
    await e.begin(declaration, { id: e.id });
    await e.settle();
    expect(got).toEqual([{ version: 1 }, { version: 1 }]);
    await ended(e);
  });
});

describe('backward', () => {
  it('undoes in reverse, the step that was only begun first, and then tells the rows', async () => {
    const e = await started();
    e.cloud.ensure = (id) => (id === 'b' ? no('denied') : Promise.resolve(settled));
    await e.begin(plain(), { id: e.id });
    await e.settle();
    expect(e.calls).toEqual(['ensure a', 'ensure b', 'absent b', 'absent a']);
    expect(await e.row(e.id)).toMatchObject({ state: 'failed', note: 'denied' });
    await ended(e);
  });

  it('undoes until it works, whatever the trouble, and waits for what is not settled', async () => {
    const e = await started();
    e.cloud.ensure = () => no('denied');
    const answers = [
      () => no('denied'),
      () => no('unavailable'),
      async () => ({ settled: false }),
      () => Promise.reject(new TypeError('x')),
    ];
    e.cloud.absent = () => (answers.shift() ?? (async () => settled))();
    await e.begin(plain(), { id: e.id });
    await e.settle();
    expect(e.calls).toEqual(['ensure a', ...Array(5).fill('absent a')]);
    expect((await e.row(e.id))?.state).toBe('failed');
    await ended(e);
  });

  it('does not undo again what is undone when it goes on after a wait', async () => {
    const e = await started();
    e.cloud.ensure = (id) => (id === 'b' ? no('denied') : Promise.resolve(settled));
    let asked = 0;
    e.cloud.absent = async (id) => (id === 'a' && asked++ === 0 ? { settled: false } : settled);
    await e.begin(plain(), { id: e.id });
    await e.settle();
    expect(e.calls).toEqual(['ensure a', 'ensure b', 'absent b', 'absent a', 'absent a']);
    await ended(e);
  });

  it('waits for calls of a step that are still on their way before it undoes them', async () => {
    const declaration = operation<Input>(
      'test.two',
      async (op) => {
        await op.ensure('both', {
          do: async (driver, call) => {
            await Promise.all(['x', 'y'].map((id) => driver.volumes.ensure(id, spec, call)));
            return settled;
          },
          undo: (driver, call) => driver.volumes.absent('y', call),
        });
      },
      { giveUp },
    );
    const e = await started(declaration);
    const order: string[] = [];
    e.cloud.ensure = async (id) => {
      if (id === 'x') return no('denied');
      await new Promise((resolve) => setTimeout(resolve, 30));
      order.push('y made');
      return settled;
    };
    e.cloud.absent = async () => {
      order.push('y gone');
      return settled;
    };
    await e.begin(declaration, { id: e.id });
    await e.settle();
    expect(order).toEqual(['y made', 'y gone']);
    await ended(e);
  });

  it('a refused state event means superseded: it undoes quietly and tells nobody', async () => {
    const e = await started();
    e.cloud.ensure = async (id) => {
      if (id === 'b')
        await write(e.world, scope, async (tx) =>
          tx.on(thing, await tx.need(thing, e.id), 'fail', { note: 'by a client' }),
        );
      return settled;
    };
    await e.begin(plain(), { id: e.id });
    await e.settle();
    expect(e.calls).toEqual(['ensure a', 'ensure b', 'absent b', 'absent a']);
    expect(await e.row(e.id)).toMatchObject({ state: 'failed', note: 'by a client' });
    await ended(e);
  });

  it('a fault in the code of an operation undoes what was begun and gives up with bug', async () => {
    const declaration = operation<Input>(
      'test.bug',
      async (op) => {
        await make(op, 'a');
        throw new TypeError('not a function');
      },
      { giveUp },
    );
    const e = await started(declaration);
    await e.begin(declaration, { id: e.id });
    await e.settle();
    expect(e.calls).toEqual(['ensure a', 'absent a']);
    expect(await e.row(e.id)).toMatchObject({ state: 'failed', note: 'bug' });
    expect(e.said).toContain('operation met a fault of our own');
    await ended(e);
  });

  it.each([
    ['two steps of one name', (op: Steps) => make(op, 'a').then(() => make(op, 'a'))],
    ['two steps at once', (op: Steps) => Promise.all([make(op, 'a'), make(op, 'b')])],
  ])('%s are such a fault', async (_, run) => {
    const declaration = operation<Input>('test.steps', async (op) => void (await run(op)), { giveUp });
    const e = await started(declaration);
    await e.begin(declaration, { id: e.id });
    await e.settle();
    expect(await e.row(e.id)).toMatchObject({ state: 'failed', note: 'bug' });
    await ended(e);
  });

  it('ends when nobody is left to tell', async () => {
    const e = await started();
    e.cloud.ensure = async () => {
      await write(e.world, scope, async (tx) => tx.remove(thing, await tx.need(thing, e.id)));
      return no('denied');
    };
    await e.begin(plain(), { id: e.id });
    await e.settle();
    expect(e.calls).toEqual(['ensure a', 'absent a']);
    await ended(e);
  });
});

describe('commits', () => {
  it('the last commit and the end of the operation are one transaction', async () => {
    const declaration = operation<Input>(
      'test.finish',
      async (op, { id }) => {
        await op.finish('ready', async (tx) => {
          await tx.on(thing, await tx.need(thing, id), 'ready');
          fail('IncorrectState', 'on second thoughts');
        });
      },
      { giveUp },
    );
    const e = await started(declaration);
    await e.begin(declaration, { id: e.id });
    await e.settle();
    expect((await e.row(e.id))?.state).toBe('new');
    await ended(e);
  });

  it('writes nothing once another process has the operation', async () => {
    const e = await started();
    e.cloud.ensure = async (id) => {
      if (id === 'b') await takeOver(e);
      return settled;
    };
    await e.begin(plain(), { id: e.id });
    await e.worker.idle();
    expect(await e.row(e.id)).toMatchObject({ state: 'new', note: 'half' });
    expect(await e.store.operations.pending()).toBe(1);
    expect(e.said).toEqual([]);
    await e.worker.drain();
    await e.store.close();
  });
});
