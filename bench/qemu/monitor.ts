import { join } from 'node:path';
import { names } from '../../src/drivers/qemu/machines/commandLine.ts';
import type { Qmp } from '../../src/drivers/qemu/qmp/qmp.ts';
import { openMonitor } from '../../test/qemu/support/monitor.ts';

/** The second monitor of a machine: the server has the first. */
export const secondMonitor = (folder: string): Promise<Qmp> => openMonitor(join(folder, names.monitors[1]));
