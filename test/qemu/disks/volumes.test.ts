import { execFileSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createQemuImg } from '../../../src/drivers/qemu/disks/qemuImg.ts';
import { type Bench, call, idOf, openBench, prlimitPath, qemuImgPath, volumeSpec } from '../support/bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const sizeOf = async (id: string): Promise<number> =>
  (await bench.disks.qemuImg.info((await bench.disks.files.fileOf(id))!, 'qcow2'))['virtual-size'];

describe('a volume', () => {
  it('is made once, found again, listed, and goes', async () => {
    const id = idOf('vol');
    await bench.disks.volumes.ensure(id, volumeSpec(), call());
    const inode = statSync((await bench.disks.files.fileOf(id))!).ino;
    await bench.restart();
    await bench.disks.volumes.ensure(id, volumeSpec(), call());
    expect(statSync((await bench.disks.files.fileOf(id))!).ino).toBe(inode);
    const listed: string[] = [];
    for await (const one of bench.disks.volumes.list(call())) listed.push(one.id);
    expect(listed).toEqual([id]);
    await bench.disks.volumes.absent(id, call());
    expect(await bench.disks.files.fileOf(id)).toBeUndefined();
    expect(await bench.disks.volumes.absent(id, call())).toEqual({ settled: true });
  });

  it('grows, never shrinks', async () => {
    const id = idOf('vol');
    await bench.disks.volumes.ensure(id, volumeSpec(), call());
    await bench.disks.volumes.ensure(id, volumeSpec({ sizeGiB: 2 }), call());
    expect(await sizeOf(id)).toBe(2 * 2 ** 30);
    const smaller = bench.disks.volumes.ensure(id, volumeSpec(), call());
    await expect(smaller).rejects.toMatchObject({ trouble: 'invalid' });
  });

  it('grows under a machine, and does not go while the machine has it', async () => {
    const id = idOf('vol');
    await bench.disks.volumes.ensure(id, volumeSpec(), call());
    const guest = await bench.guest();
    await guest.open(id);
    await bench.disks.volumes.ensure(id, volumeSpec({ sizeGiB: 3 }), call());
    expect(await sizeOf(id)).toBe(3 * 2 ** 30);
    await expect(bench.disks.volumes.absent(id, call())).rejects.toMatchObject({
      trouble: 'conflict',
      about: 'in-use',
    });
    await guest.kill();
    expect(await bench.disks.volumes.absent(id, call())).toEqual({ settled: true });
  });

  it.each([
    ['in a zone that is not there', { zone: 'local-1z' }, 'invalid'],
    ['of a snapshot that is not there', { snapshot: 'snap-00000000000000000' }, 'invalid'],
    ['that is encrypted', { encrypted: true }, 'unsupported'],
    ['of no size', { sizeGiB: 0 }, 'invalid'],
  ] as const)('%s is refused', async (_, more, trouble) => {
    await expect(bench.disks.volumes.ensure(idOf('vol'), volumeSpec(more), call())).rejects.toMatchObject({ trouble });
  });
});

describe('the disk tool', () => {
  it('that is not there is told, not thrown about', async () => {
    const gone = createQemuImg({ binary: '/nowhere/qemu-img' });
    await expect(gone.info('/nowhere/a', 'raw')).rejects.toMatchObject({ trouble: 'unavailable' });
  });

  it('that writes more than it may is ended', async () => {
    const raw = join(bench.folder, 'a.raw');
    execFileSync('dd', ['if=/dev/urandom', `of=${raw}`, 'bs=1M', 'count=4'], { stdio: 'ignore' });
    const limited = createQemuImg({ binary: qemuImgPath, prlimit: prlimitPath });
    const copy = limited.convert(raw, 'raw', join(bench.folder, 'b.qcow2'), { limits: { fileBytes: 2 ** 20 } });
    await expect(copy).rejects.toMatchObject({ trouble: 'no-capacity' });
  });

  it('never takes a name for more than a file', async () => {
    const other = async () => bench.disks.qemuImg.info('json:{"driver":"null-co"}', undefined);
    await expect(other()).rejects.toMatchObject({ trouble: 'bug' });
  });
});

describe('layers', () => {
  it('are not swept away while one cannot be read', async () => {
    const [kept, damaged] = [idOf('vol'), idOf('vol')];
    for (const id of [kept, damaged]) await bench.disks.volumes.ensure(id, volumeSpec(), call());
    const file = (await bench.disks.files.fileOf(kept))!;
    writeFileSync((await bench.disks.files.fileOf(damaged))!, 'no qcow2');
    rmSync(join(bench.folders.volume(kept), 'volume.json'));
    await bench.restart();
    expect(statSync(file).isFile()).toBe(true);
  });
});
