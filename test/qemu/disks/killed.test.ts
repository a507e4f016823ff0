import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodesOf } from '../../../src/drivers/qemu/disks/nodes.ts';
import { layerFile, readSnapshot } from '../../../src/drivers/qemu/disks/snapshotRecord.ts';
import {
  type Bench,
  call,
  type Guest,
  holds,
  idOf,
  isWhole,
  openBench,
  volumeSpec,
  writeFileAt,
} from '../support/bench.ts';
import { anyCommand } from '../support/monitor.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const fileOf = async (id: string): Promise<string> => (await bench.disks.files.fileOf(id))!;
async function volume(): Promise<string> {
  const id = idOf('vol');
  await bench.disks.volumes.ensure(id, volumeSpec(), call());
  return id;
}
const shortChain = { most: 3, keep: 1 };

/** Snapshots, each with a mebibyte of its own byte, in a volume that somebody writes to by `write`. */
async function grown(v: string, count: number, write: (at: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < count; at++) {
    await write(at);
    const id = idOf('snap');
    await bench.disks.snapshots.ensure(id, { volume: v, sizeGiB: 1 }, call());
    await bench.disks.snapshots.absent(id, call());
  }
}
const pattern = (at: number): string => `0x${(at + 17).toString(16)}`;
async function holdsAll(v: string, count: number): Promise<void> {
  const file = await fileOf(v);
  expect(await bench.disks.qemuImg.check(file, 'qcow2')).toMatchObject({ 'check-errors': 0 });
  expect(await isWhole(bench.disks, file)).toBe(true);
  for (let at = 0; at < count; at++) expect(holds(file, pattern(at), `${at}M`, '1M')).toBe(true);
}

/** Makes the machine's monitor end its QEMU instead of, or right after, running a command. Tells whether it did. */
function killAt(guest: Guest, fatal: string, when: 'before' | 'after'): () => boolean {
  let killed = false;
  const execute = anyCommand(guest.qmp);
  Object.assign(guest.qmp, {
    async execute(command: string, args: object) {
      if (command !== fatal) return execute(command, args);
      if (when === 'after') await execute(command, args);
      await guest.kill();
      killed = true;
      throw new Error('QEMU went away');
    },
  });
  return () => killed;
}

describe('QEMU is killed', () => {
  it.each([
    ['blockdev-add', 'before'],
    ['blockdev-add', 'after'],
    ['transaction', 'before'],
    ['transaction', 'after'],
  ] as const)('at %s, %s it was done: the snapshot is there in the end, and nothing is lost', async (command, when) => {
    const v = await volume();
    const guest = await bench.guest();
    await guest.open(v);
    await guest.write(v, '0x11', '0', '1M');
    killAt(guest, command, when);
    const [id, spec] = [idOf('snap'), { volume: v, sizeGiB: 1 }];
    await expect(bench.disks.snapshots.ensure(id, spec, call())).rejects.toMatchObject({ trouble: 'unavailable' });
    const disks = await bench.restart();
    expect(holds(await fileOf(v), '0x11', '0', '1M')).toBe(true);
    expect(await disks.snapshots.ensure(id, spec, call())).toMatchObject({ settled: true, progress: 100 });
    writeFileAt(await fileOf(v), '0x22', '0', '1M');
    const layer = layerFile(bench.folders, (await readSnapshot(bench.folders, id))!);
    expect(holds(layer, '0x11', '0', '1M')).toBe(true);
    for (const file of [layer, await fileOf(v)]) expect(await isWhole(disks, file)).toBe(true);
  });

  it.each(
    ['block-stream', 'query-jobs', 'human-monitor-command', 'job-finalize', 'blockdev-del'].flatMap((command) =>
      (['before', 'after'] as const).map((when) => [command, when] as const),
    ),
  )(
    'while it shortens a chain, at %s, %s it was done: the content is the same, and the rest is done later',
    async (command, when) => {
      const v = await volume();
      const guest = await bench.guest();
      await guest.open(v);
      await grown(v, 5, (at) => guest.write(v, pattern(at), `${at}M`, '1M'));
      const killed = killAt(guest, command, when);
      const top = await fileOf(v);
      await bench.restart({ chainLength: shortChain });
      await bench.disks.chains.idle();
      expect(killed()).toBe(true);
      expect(await fileOf(v)).toBe(top);
      await holdsAll(v, 5);
      const disks = await bench.restart({ chainLength: shortChain });
      await disks.chains.idle();
      expect((await disks.layers.chain(await fileOf(v))).length).toBe(2);
      await holdsAll(v, 5);
    },
  );
});

describe('the driver is killed', () => {
  it('between a new layer and the machine’s step onto it: the machine takes the step later', async () => {
    const v = await volume();
    const guest = await bench.guest();
    await guest.open(v);
    await guest.write(v, '0x11', '0', '1M');
    const execute = anyCommand(guest.qmp);
    const silent = (command: string, args: object) =>
      command === 'transaction' ? Promise.reject(new Error('no answer in time')) : execute(command, args);
    Object.assign(guest.qmp, { execute: silent });
    const [id, spec] = [idOf('snap'), { volume: v, sizeGiB: 1 }];
    await expect(bench.disks.snapshots.ensure(id, spec, call())).rejects.toMatchObject({ trouble: 'unavailable' });
    Object.assign(guest.qmp, { execute });
    await guest.write(v, '0x22', '0', '64k');
    const disks = await bench.restart();
    expect(await disks.snapshots.ensure(id, spec, call())).toMatchObject({ settled: true });
    const [top] = await nodesOf(guest.qmp, v);
    expect(top?.file).toBe(await fileOf(v));
    expect(holds(await fileOf(v), '0x22', '0', '64k')).toBe(true);
  });
});

describe('qemu-img is killed', () => {
  it('while it makes a layer: no half file stays, and the next try makes it', async () => {
    const v = idOf('vol');
    const stop = AbortSignal.abort();
    await expect(bench.disks.volumes.ensure(v, volumeSpec(), call(stop))).rejects.toMatchObject({
      trouble: 'unavailable',
    });
    expect(await bench.disks.volumes.look(v, call())).toBeUndefined();
    expect(readdirSync(bench.folders.volume(v))).toEqual([]);
    await bench.disks.volumes.ensure(v, volumeSpec(), call());
    expect(await isWhole(bench.disks, await fileOf(v))).toBe(true);
  });

  it('again and again while it shortens a chain: the content is the same at every moment', async () => {
    const v = await volume();
    await grown(v, 6, async (at) => writeFileAt(await fileOf(v), pattern(at), `${at}M`, '1M'));
    const [top, base] = [await fileOf(v), (await bench.disks.layers.chain(await fileOf(v))).at(-1)!];
    for (const ms of [5, 10, 15, 20, 30]) {
      await bench.disks.qemuImg.rebase(top, base, { limits: { ms } }).catch((error) => {
        expect(error).toMatchObject({ trouble: 'unavailable' });
      });
      await holdsAll(v, 6);
    }
    const disks = await bench.restart({ chainLength: shortChain });
    await disks.chains.idle();
    expect((await disks.layers.chain(top)).length).toBe(2);
    expect(readdirSync(bench.folders.volume(v)).filter((name) => name.endsWith('.qcow2')).length).toBe(2);
    await holdsAll(v, 6);
  });
});

describe('a chain that a machine has open', () => {
  it('is shortened while it runs, and the layers that are not needed go', async () => {
    const v = await volume();
    const guest = await bench.guest();
    await guest.open(v);
    await grown(v, 5, (at) => guest.write(v, pattern(at), `${at}M`, '1M'));
    const { execute } = guest.qmp;
    const any = anyCommand(guest.qmp);
    // A QEMU that had ended its job, and was not told to forget it, died when it was asked for its nodes then.
    const asking = async (command: string, args: object) => {
      const said = await any(command, args);
      if (command === 'job-finalize') await nodesOf({ ...guest.qmp, execute }, v);
      return said;
    };
    Object.assign(guest.qmp, { execute: asking });
    const disks = await bench.restart({ chainLength: shortChain });
    await disks.chains.idle();
    expect((await nodesOf(guest.qmp, v)).map(({ name }) => name)).toEqual([`${v}.5`, v]);
    await guest.write(v, '0x66', '10M', '1M');
    expect((await disks.layers.chain(await fileOf(v))).length).toBe(2);
    expect(holds(await fileOf(v), '0x66', '10M', '1M')).toBe(true);
    await guest.kill();
    await holdsAll(v, 5);
  });
});
