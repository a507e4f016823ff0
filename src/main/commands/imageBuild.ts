import { rmSync } from 'node:fs';
import { createQemuImg } from '../../drivers/qemu/disks/qemuImg.ts';
import { buildMini } from '../../drivers/qemu/images/mini/build.ts';
import { removeLeftOver, workFolder } from '../../drivers/qemu/leftOver.ts';
import { DriverError } from '../../ports/driver.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import { regionFolders, type Where } from '../qemuFolder.ts';
import { binaries, bootModeOf, importFile, problemOf } from './image.ts';
import { createProgress } from './progress.ts';

export interface BuildFlags extends Where {
  readonly name?: string;
  /** A folder of Debian's packages. */
  readonly packages?: string;
  readonly bootMode: string;
}

/** `elsewhere image build mini`: builds an image here, and prints the id that it is imported under. */
export async function buildImage(settings: Settings, what: string, flags: BuildFlags): Promise<void> {
  if (what !== 'mini') throw new Problem('usage', `there is no image '${what}' to build; there is mini`);
  bootModeOf(flags);
  const qemuImg = createQemuImg(binaries());
  const folders = regionFolders(settings, flags);
  const work = workFolder(folders, 'build');
  const progress = createProgress();
  try {
    await removeLeftOver(folders);
    const { packages } = flags;
    const made = await buildMini({ work, ...(packages && { packages }), qemuImg, onProgress: progress.show });
    progress.end();
    const name = flags.name ?? `elsewhere-mini-${made.kernel}`;
    await importFile(settings, made.file, { ...flags, name, architecture: 'x86_64', type: 'machine' });
  } catch (error) {
    progress.end();
    throw error instanceof DriverError ? new Problem(problemOf(error), error.message, { cause: error }) : error;
  } finally {
    rmSync(work, { recursive: true });
  }
}
