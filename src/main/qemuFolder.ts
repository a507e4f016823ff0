import { join, resolve } from 'node:path';
import type { Settings } from './config/settings.ts';

/** Where a region of real machines keeps everything: its own setting, else in the data folder, also with `--memory`. */
export const qemuFolder = ({ qemu, data }: Pick<Settings, 'qemu' | 'data'>, region: string): string =>
  resolve(qemu[region]?.folder ?? join(data, 'qemu', region));
