import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createQemuImg } from '../../../src/drivers/qemu/disks/qemuImg.ts';
import { createImageCatalogue } from '../../../src/drivers/qemu/images/catalogue.ts';
import { createImages } from '../../../src/drivers/qemu/images/images.ts';
import { type Import, importImage } from '../../../src/drivers/qemu/images/importImage.ts';
import { importKernel, kernelFile } from '../../../src/drivers/qemu/images/importKernel.ts';
import { removeImage } from '../../../src/drivers/qemu/images/removeImage.ts';
import { namesIn } from '../../../src/drivers/qemu/records.ts';
import { createSystemClock } from '../../../src/main/clock/system.ts';
import type { Power } from '../../../src/ports/driver.ts';
import { type Bench, call, holds, idOf, openBench, qemuImgPath, region, volumeSpec } from '../support/bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const img = (...args: readonly string[]): void => void execFileSync(qemuImgPath, args, { stdio: 'ignore' });
const path = (name: string): string => join(bench.folder, name);

/** A raw disk whose second mebibyte is 0x11 all over. */
function raw(): string {
  const disk = Buffer.alloc(4 * 2 ** 20);
  disk.fill(0x11, 2 ** 20, 2 * 2 ** 20);
  writeFileSync(path('disk.raw'), disk);
  return path('disk.raw');
}
function as(format: string, ...options: readonly string[]): string {
  img('convert', '-f', 'raw', '-O', format, ...options, raw(), path(`disk.${format}`));
  return path(`disk.${format}`);
}
function take(file: string, more: Partial<Import> = {}) {
  const wanted = { file, name: 'tiny', architecture: 'x86_64', bootMode: 'legacy-bios', region } as const;
  const { folders, disks } = bench;
  return importImage({ ...wanted, ...more }, { folders, qemuImg: disks.qemuImg, clock: createSystemClock() });
}

describe('an image of somebody else', () => {
  it.each(['raw', 'qcow2', 'vmdk', 'vpc'])(
    'as %s becomes one that stands alone, and root volumes are made of it',
    async (format) => {
      const { image, snapshot } = await take(format === 'raw' ? raw() : as(format));
      const catalogue = createImageCatalogue(bench.folders);
      await catalogue.refresh();
      const before = catalogue.images();
      await catalogue.refresh();
      expect(catalogue.images()).toBe(before);
      expect(before).toEqual([image]);
      const id = idOf('vol');
      await bench.disks.volumes.ensure(id, volumeSpec({ snapshot: snapshot!.id, sizeGiB: 2 }), call());
      const file = (await bench.disks.files.fileOf(id))!;
      expect(holds(file, '0x11', '1M', '1M')).toBe(true);
      expect((await bench.disks.layers.chain(file)).length).toBe(2);
      expect(await removeImage(image.id, bench.folders)).toBe(true);
      expect(holds(file, '0x11', '1M', '1M')).toBe(true);
      await bench.disks.volumes.absent(id, call());
      expect(await namesIn(join(bench.folders.root, 'snapshots'))).toEqual([]);
    },
  );

  const traps: readonly (readonly [what: string, why: RegExp, make: () => string])[] = [
    [
      'that stands on a file of the host',
      /another file/,
      () => {
        img('create', '-u', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', path('a'), '1M');
        return path('a');
      },
    ],
    [
      'whose content is a file of the host',
      /another file/,
      () => {
        img('create', '-f', 'qcow2', '-o', `data_file=${path('data')}`, path('a'), '1M');
        return path('a');
      },
    ],
    [
      'that describes files of the host (VMDK)',
      /several files/,
      () => {
        writeFileSync(
          path('a'),
          '# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\nRW 8 FLAT "/etc/passwd" 0\n',
        );
        return path('a');
      },
    ],
    [
      'that only describes, behind the header of a VMDK',
      /only describes/,
      () => {
        const file = readFileSync(as('vmdk'));
        file.writeBigUInt64LE(0n, 12);
        writeFileSync(path('a'), file);
        return path('a');
      },
    ],
    [
      'that stands on a file of the host (VMDK)',
      /another file/,
      () => {
        img('create', '-f', 'vmdk', path('base.vmdk'), '1M');
        img('create', '-f', 'vmdk', '-b', path('base.vmdk'), '-F', 'vmdk', path('a'));
        return path('a');
      },
    ],
    [
      'larger than any disk',
      /larger than/,
      () => {
        img('create', '-f', 'qcow2', path('a'), '17T');
        return path('a');
      },
    ],
    [
      'that is cut off',
      /cut off|corrupt/,
      () => {
        const file = as('qcow2');
        truncateSync(file, 2 ** 20);
        return file;
      },
    ],
    [
      'that is cut off (VHD)',
      /cut off/,
      () => {
        const file = as('vpc', '-o', 'subformat=dynamic');
        truncateSync(file, 2 ** 20);
        return file;
      },
    ],
    [
      'that is corrupt',
      /corrupt|failed/,
      () => {
        const file = readFileSync(as('qcow2'));
        file.fill(0xff, 0x30000, 0x40000);
        writeFileSync(path('a'), file);
        return path('a');
      },
    ],
    [
      'that is encrypted',
      /encrypted/,
      () => {
        const secret = [
          '--object',
          'secret,id=s,data=abc',
          '-o',
          'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10',
        ];
        img('create', '-f', 'qcow2', ...secret, path('a'), '1M');
        return path('a');
      },
    ],
    [
      'that is no disk',
      /no disk/,
      () => {
        writeFileSync(path('a'), 'hello');
        return path('a');
      },
    ],
    [
      'that is compressed',
      /gzip/,
      () => {
        writeFileSync(path('a'), Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(510)]));
        return path('a');
      },
    ],
    ['that is no file', /regular/, () => bench.folder],
    ['of another content than was said', /SHA-256/, raw],
  ];
  it.each(traps)('%s is refused, and nothing stays', async (_, why, make) => {
    await expect(take(make(), { sha256: '00' })).rejects.toMatchObject({
      trouble: 'invalid',
      message: expect.stringMatching(why),
    });
    expect(await namesIn(join(bench.folders.root, 'snapshots'))).toEqual([]);
    expect(await namesIn(join(bench.folders.root, 'images'))).toEqual([]);
  });

  it('that finds the disk full leaves nothing, and no temporary file of it', async () => {
    const full = path('qemu-img');
    const script = [
      '#!/bin/sh',
      `[ "$1" = convert ] || exec ${qemuImgPath} "$@"`,
      'for last; do :; done',
      'head -c 100000 /dev/zero > "$last"',
      'echo "qemu-img: error while writing: No space left on device" >&2',
      'exit 1',
    ];
    writeFileSync(full, script.join('\n'), { mode: 0o755 });
    const parts = { folders: bench.folders, qemuImg: createQemuImg({ binary: full }), clock: createSystemClock() };
    const wanted = { file: raw(), name: 'tiny', architecture: 'x86_64', bootMode: 'legacy-bios', region } as const;
    await expect(importImage(wanted, parts)).rejects.toMatchObject({ trouble: 'no-capacity' });
    expect(await namesIn(join(bench.folders.root, 'snapshots'))).toEqual([]);
    expect(await namesIn(join(bench.folders.root, 'images'))).toEqual([]);
  });

  it('that is stopped while it is copied leaves nothing', async () => {
    const stop = new AbortController();
    const stopped = take(raw(), {
      signal: stop.signal,
      onProgress: (stage, percent) => stage === 'checking' && percent === 100 && stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ trouble: 'unavailable' });
    expect(await namesIn(join(bench.folders.root, 'snapshots'))).toEqual([]);
  });
});

describe('a kernel or ramdisk of somebody else', () => {
  const bzImage = (): string => {
    const file = Buffer.alloc(4096);
    file.write('HdrS', 0x202, 'latin1');
    writeFileSync(path('vmlinuz'), file);
    return path('vmlinuz');
  };
  const parts = () => ({ folders: bench.folders, clock: createSystemClock() });
  const wanted = (file: string) => ({ file, name: 'linux', architecture: 'x86_64', region }) as const;

  it('is copied, offered, found for machines, and goes', async () => {
    const { image } = await importKernel('kernel', wanted(bzImage()), parts());
    expect(image).toMatchObject({ id: expect.stringMatching(/^aki-[0-9a-f]{17}$/), type: 'kernel' });
    const catalogue = createImageCatalogue(bench.folders);
    await catalogue.refresh();
    expect(catalogue.images()).toEqual([image]);
    expect(catalogue.snapshots()).toEqual([]);
    expect(readFileSync((await kernelFile(image.id, bench.folders))!)).toEqual(readFileSync(path('vmlinuz')));
    expect(await removeImage(image.id, bench.folders)).toBe(true);
    expect(await kernelFile(image.id, bench.folders)).toBeUndefined();
    expect(await namesIn(join(bench.folders.root, 'images'))).toEqual([]);
  });

  it('that is none is refused', async () => {
    const asRamdisk = importKernel('ramdisk', wanted(bzImage()), parts());
    await expect(asRamdisk).rejects.toMatchObject({ trouble: 'invalid', message: expect.stringMatching(/no ramdisk/) });
    const disk = importKernel('kernel', wanted(raw()), parts());
    await expect(disk).rejects.toMatchObject({ trouble: 'invalid', message: expect.stringMatching(/no kernel/) });
    expect(await namesIn(join(bench.folders.root, 'images'))).toEqual([]);
  });
});

describe('an image of an instance', () => {
  it('is made while its disks are at rest, and the machine runs again', async () => {
    const volume = idOf('vol');
    await bench.disks.volumes.ensure(volume, volumeSpec(), call());
    const story: string[] = [];
    let power: Power = 'on';
    const compute = {
      look: async () => ({ settled: true, power }),
      power: async (_: string, want: Power) => {
        story.push(want);
        const settled = power === want;
        power = want;
        return { settled, power };
      },
    };
    const { together } = bench.disks.snapshots;
    const snapshots = {
      together: (...args: Parameters<typeof together>) => {
        story.push('snapshots');
        return together(...args);
      },
    };
    const images = createImages({ folders: bench.folders, snapshots, compute });
    const [id, snapshot] = [idOf('ami'), idOf('snap')];
    const spec = { instance: idOf('i'), reboot: true, snapshots: [{ device: '/dev/xvda', snapshot, volume }] };
    let tries = 0;
    while (!(await images.ensure(id, spec, call())).settled) expect(++tries).toBeLessThan(5);
    expect(story).toEqual(['off', 'off', 'snapshots', 'on', 'on']);
    expect(await bench.disks.snapshots.look(snapshot, call())).toMatchObject({ progress: 100 });
    expect(await images.look(id, call())).toEqual({ settled: true });
    await images.absent(id, call());
    expect(await images.look(id, call())).toBeUndefined();
  });
});
