import { join, resolve } from 'node:path';
import { createFolders, type Folders } from '../drivers/qemu/folders.ts';
import type { Settings } from './config/settings.ts';

/** Where a region of real machines keeps everything: its own setting, else in the data folder, also with `--memory`. */
export const qemuFolder = ({ qemu, data }: Pick<Settings, 'qemu' | 'data'>, region: string): string =>
  resolve(qemu[region]?.folder ?? join(data, 'qemu', region));

/** Which region of real machines a command is about. */
export interface Where {
  readonly region: string;
  /** The region's folder, where it is not in the data folder. */
  readonly folder?: string;
}

/** Where that region keeps everything. */
export const regionFolders = (settings: Settings, { region, folder }: Where): Folders =>
  createFolders(folder === undefined ? qemuFolder(settings, region) : resolve(folder));
