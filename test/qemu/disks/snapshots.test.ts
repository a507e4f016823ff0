import { readdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodesOf } from '../../../src/drivers/qemu/disks/nodes.ts';
import { layerFile, readSnapshot } from '../../../src/drivers/qemu/disks/snapshotRecord.ts';
import { type Bench, call, holds, idOf, isWhole, openBench, volumeSpec, writeFileAt } from '../support/bench.ts';
import { anyCommand } from '../support/monitor.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

async function volume(more: Parameters<typeof volumeSpec>[0] = {}): Promise<string> {
  const id = idOf('vol');
  expect(await bench.disks.volumes.ensure(id, volumeSpec(more), call())).toEqual({ settled: true });
  return id;
}
const fileOf = async (id: string): Promise<string> => (await bench.disks.files.fileOf(id))!;
const layerOf = async (id: string): Promise<string> =>
  layerFile(bench.folders, (await readSnapshot(bench.folders, id))!);
async function snapshot(of: string): Promise<string> {
  const id = idOf('snap');
  const seen = await bench.disks.snapshots.ensure(id, { volume: of, sizeGiB: 1 }, call());
  expect(seen).toMatchObject({ settled: true, progress: 100 });
  return id;
}
const files = (id: string): readonly string[] => readdirSync(bench.folders.volume(id)).sort();

describe('a snapshot of a detached volume', () => {
  it('keeps what was there, and the volume goes on', async () => {
    const v = await volume();
    writeFileAt(await fileOf(v), '0x11', '0', '64k');
    const s = await snapshot(v);
    writeFileAt(await fileOf(v), '0x22', '0', '64k');
    const copy = await volume({ snapshot: s });
    expect(holds(await fileOf(copy), '0x11', '0', '64k')).toBe(true);
    expect(holds(await fileOf(v), '0x22', '0', '64k')).toBe(true);
    expect(statSync(await layerOf(s)).mode & 0o777).toBe(0o444);
  });

  it('stays when its volume is gone, and its file as long as anything stands on it', async () => {
    const v = await volume();
    writeFileAt(await fileOf(v), '0x11', '0', '64k');
    const s = await snapshot(v);
    await bench.disks.volumes.absent(v, call());
    expect(await bench.disks.volumes.look(v, call())).toBeUndefined();
    expect(files(v)).toEqual(['disk.qcow2']);
    const copy = await volume({ snapshot: s });
    await bench.disks.snapshots.absent(s, call());
    expect(await bench.disks.snapshots.look(s, call())).toBeUndefined();
    expect(holds(await fileOf(copy), '0x11', '0', '64k')).toBe(true);
    await bench.disks.volumes.absent(copy, call());
    expect(readdirSync(`${bench.folders.root}/volumes`)).toEqual([]);
    expect(readdirSync(`${bench.folders.root}/snapshots`)).toEqual([]);
  });

  it('is refused of a volume that is not there', async () => {
    const spec = { volume: idOf('vol'), sizeGiB: 1 };
    await expect(bench.disks.snapshots.ensure(idOf('snap'), spec, call())).rejects.toMatchObject({
      trouble: 'invalid',
    });
  });
});

describe('a snapshot of an attached volume', () => {
  it('is the content of one moment, while the machine goes on writing', async () => {
    const v = await volume();
    const guest = await bench.guest();
    await guest.open(v);
    await guest.write(v, '0x11', '0', '1M');
    const first = await snapshot(v);
    await guest.write(v, '0x22', '0', '64k');
    const second = await snapshot(v);
    await guest.write(v, '0x33', '0', '64k');
    const copy = await volume({ snapshot: first });
    expect(holds(await fileOf(copy), '0x11', '0', '1M')).toBe(true);
    expect(holds(await layerOf(second), '0x22', '0', '64k')).toBe(true);
    expect(holds(await layerOf(second), '0x11', '64k', '64k')).toBe(true);
    expect(holds(await fileOf(v), '0x33', '0', '64k')).toBe(true);
    expect(holds(await layerOf(second), '0x33', '0', '64k')).toBe(false);
    expect((await nodesOf(guest.qmp, v)).map(({ name }) => name)).toEqual([`${v}.2`, `${v}.1`, v]);
  });

  it('of several volumes is one moment for all', async () => {
    const [one, other] = [await volume(), await volume()];
    const guest = await bench.guest();
    await guest.open(one);
    await guest.open(other);
    const transactions: object[] = [];
    const execute = anyCommand(guest.qmp);
    Object.assign(guest.qmp, {
      execute: (command: string, args: object) => {
        if (command === 'transaction') transactions.push(args);
        return execute(command, args);
      },
    });
    const wanted = [one, other].map((of) => ({ id: idOf('snap'), spec: { volume: of, sizeGiB: 1 } }));
    expect(await bench.disks.snapshots.together(wanted, call())).toMatchObject({ settled: true });
    expect(transactions).toEqual([{ actions: [expect.anything(), expect.anything()] }]);
    for (const of of [one, other]) expect(files(of)).toEqual(['disk-1.qcow2', 'disk.qcow2', 'volume.json']);
  });

  it('that QEMU refuses leaves all as it was', async () => {
    const v = await volume();
    const guest = await bench.guest();
    await guest.open(v);
    await guest.write(v, '0x11', '0', '64k');
    const execute = anyCommand(guest.qmp);
    const refusing = (command: string, args: object) =>
      execute(command, command === 'transaction' ? { actions: [{ type: 'abort', data: {} }] } : args);
    Object.assign(guest.qmp, { execute: refusing });
    const [id, spec] = [idOf('snap'), { volume: v, sizeGiB: 1 }];
    await expect(bench.disks.snapshots.ensure(id, spec, call())).rejects.toMatchObject({ trouble: 'unavailable' });
    expect(files(v)).toEqual(['disk.qcow2', 'volume.json']);
    expect((await nodesOf(guest.qmp, v)).map(({ name }) => name)).toEqual([v]);
    Object.assign(guest.qmp, { execute });
    expect(await bench.disks.snapshots.ensure(id, spec, call())).toMatchObject({ settled: true });
    expect(holds(await layerOf(id), '0x11', '0', '64k')).toBe(true);
    expect(await isWhole(bench.disks, await layerOf(id))).toBe(true);
  });
});
