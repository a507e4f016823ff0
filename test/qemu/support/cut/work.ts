import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createQemuImg } from '../../../../src/drivers/qemu/disks/qemuImg.ts';
import type { QemuParts } from '../../../../src/drivers/qemu/driver.ts';
import { createFolders } from '../../../../src/drivers/qemu/folders.ts';
import { importImage } from '../../../../src/drivers/qemu/images/importImage.ts';
import { removeImage } from '../../../../src/drivers/qemu/images/removeImage.ts';
import { names } from '../../../../src/drivers/qemu/machines/commandLine.ts';
import type { Clock } from '../../../../src/ports/clock.ts';
import type { Call, DiskSpec, Driver, ImageSpec, Seen, VolumeSpec } from '../../../../src/ports/driver.ts';
import { openMonitor } from '../monitor.ts';

/** Something that is asked for, again and again until it is done: in words that go to another process. */
export type Work =
  | { readonly do: 'volume'; readonly id: string; readonly spec: VolumeSpec }
  | { readonly do: 'no volume'; readonly id: string }
  | { readonly do: 'snapshot'; readonly id: string; readonly volume: string }
  | { readonly do: 'no snapshot'; readonly id: string }
  | { readonly do: 'attach' | 'detach'; readonly machine: string; readonly disk: DiskSpec }
  | { readonly do: 'image'; readonly id: string; readonly spec: ImageSpec }
  /** By the command beside the driver: each time an image of its own. */
  | { readonly do: 'import'; readonly file: string }
  | { readonly do: 'no import'; readonly id: string }
  /** What the driver does by itself: until the volume has so many files. */
  | { readonly do: 'shorten'; readonly id: string; readonly files: number };

export interface Worker {
  readonly driver: Driver;
  readonly parts: Omit<QemuParts, 'clock' | 'log' | 'computer'>;
  readonly clock: Clock;
}

/** Asks once. */
async function ask(work: Work, { driver, parts, clock }: Worker, call: Call): Promise<Seen> {
  const { volumes, snapshots, compute, images } = driver;
  const folders = createFolders(parts.folder);
  const done = { settled: true };
  switch (work.do) {
    case 'volume':
      return volumes!.ensure(work.id, work.spec, call);
    case 'no volume':
      return volumes!.absent(work.id, call);
    case 'snapshot':
      return snapshots!.ensure(work.id, { volume: work.volume, sizeGiB: 1 }, call);
    case 'no snapshot':
      return snapshots!.absent(work.id, call);
    case 'attach':
      return compute.attach(work.machine, work.disk, call);
    case 'detach': {
      const seen = await compute.detach(work.machine, work.disk, { force: false }, call);
      if (!seen.settled) await letGo(join(folders.machine(work.machine), names.monitors[1]));
      return seen;
    }
    case 'image':
      return images!.ensure(work.id, work.spec, call);
    case 'import': {
      const wanted = { name: 'cut', architecture: 'x86_64', bootMode: 'legacy-bios', region: parts.region } as const;
      const qemuImg = createQemuImg({ binary: parts.settings.binaries.qemuImg });
      return importImage({ ...wanted, file: work.file }, { folders, clock, qemuImg }).then(() => done);
    }
    case 'no import':
      return removeImage(work.id, folders).then(() => done);
    case 'shorten': {
      await listed(driver, call);
      const files = readdirSync(folders.volume(work.id)).filter((name) => name.endsWith('.qcow2'));
      return { settled: files.length === work.files };
    }
  }
}

/** A machine of BIOS alone lets go what it was asked for when it is reset. */
async function letGo(monitor: string): Promise<void> {
  const qmp = await openMonitor(monitor);
  await qmp.execute('system_reset');
  qmp.close();
}

/** Asks until it is done. */
export async function finish(work: Work, worker: Worker, call: Call): Promise<void> {
  while (!(await ask(work, worker, call)).settled) await pause(25);
}

/** What the driver says that there is. */
export async function listed({ volumes, snapshots }: Driver, call: Call): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { id, seen } of volumes!.list(call)) if (seen.settled) found.push(id);
  for await (const { id, seen } of snapshots!.list(call)) if (seen.settled) found.push(id);
  return found;
}
