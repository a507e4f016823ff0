import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { layerNumber } from '../../../../src/drivers/qemu/disks/layers.ts';
import { layerFile, readSnapshot } from '../../../../src/drivers/qemu/disks/snapshotRecord.ts';
import { holds, qemuImgPath, writeFileAt } from '../bench.ts';
import type { CutRegion } from './region.ts';

const qcow2sIn = (folder: string): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.qcow2'));

/** A volume's newest file. */
export function topOf({ folders }: CutRegion, volume: string): string {
  const [top] = [...qcow2sIn(folders.volume(volume))].sort((one, other) => layerNumber(other)! - layerNumber(one)!);
  return join(folders.volume(volume), top!);
}

export const layerOf = async ({ folders }: CutRegion, snapshot: string): Promise<string> =>
  layerFile(folders, (await readSnapshot(folders, snapshot))!);

/** A volume of the file system, with a mebibyte of `0xa1` behind it. */
export async function written(region: CutRegion): Promise<string> {
  const volume = await region.volume();
  writeFileAt(topOf(region, volume), '0xa1', '512M', '1M');
  return volume;
}

export async function isWritten({ content }: CutRegion, file: string): Promise<void> {
  await content.isIn(file);
  expect(holds(file, '0xa1', '512M', '1M'), file).toBe(true);
}

/** How many files a volume has of its own that is longer than it may be, and how many then. */
export const long = { files: 8, short: 3 } as const;
const layers = Array.from({ length: long.files - 1 }, (_, at) => at + 1);

/** A volume that stands on more files than it may, each with a mebibyte of its own. The driver that is here does not know. */
export async function grownLong(region: CutRegion): Promise<string> {
  const id = await written(region);
  for (const at of layers) {
    const file = join(region.folders.volume(id), `disk-${at}.qcow2`);
    execFileSync(qemuImgPath, ['create', '-q', '-f', 'qcow2', '-b', topOf(region, id), '-F', 'qcow2', file]);
    writeFileAt(file, `0x${10 + at}`, `${600 + at}M`, '1M');
  }
  return id;
}

/** It has everything that it had, in fewer files. */
export async function isShort(region: CutRegion, id: string): Promise<void> {
  await isWritten(region, topOf(region, id));
  for (const at of layers) expect(holds(topOf(region, id), `0x${10 + at}`, `${600 + at}M`, '1M'), `${at}`).toBe(true);
  expect(qcow2sIn(region.folders.volume(id)).length).toBe(long.short);
}
