import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFolders, type Folders } from '../../src/drivers/qemu/folders.ts';
import { names } from '../../src/drivers/qemu/machines/commandLine.ts';
import { guestBoot } from '../../test/qemu/support/guest.ts';
import { type DataFolder, makeDataFolder, type RunningServer, startServer } from '../server.ts';
import { elements } from '../things.ts';
import { endBelow, startedBelow } from './processes.ts';
import { until } from './waiting.ts';

/** Requests are signed for it. */
const region = 'us-east-1';
/** The build that is measured. */
export const entry = fileURLToPath(new URL('./server/elsewhere.js', import.meta.url));

/** The built server before real machines, and an image of the guest that the tests have, too. */
export interface RealMachines {
  readonly server: RunningServer;
  readonly data: DataFolder;
  readonly folders: Folders;
  /** Launches machines of the smallest type; their ids. */
  launch(count: number): Promise<readonly string[]>;
  /** The file that a machine's serial port is written to. */
  consoleOf(id: string): string;
  /** Ends machines, and waits until they are gone. */
  terminate(ids: readonly string[]): Promise<void>;
  /** Ends everything and removes all that it had. */
  close(): Promise<void>;
}

/** @param settings of the region, besides the defaults */
export async function startRealMachines(settings: object = {}): Promise<RealMachines> {
  const data = makeDataFolder(() => ({ region: { [region]: 'qemu' }, qemu: { [region]: settings } }));
  const end = (): void => endBelow(data.path);
  process.once('exit', end);
  const folders = createFolders(join(data.path, 'qemu', region));
  const image = importGuest(data.path);
  const server = await startServer(data);
  return {
    ...{ server, data, folders },
    async launch(count) {
      const asked = { ImageId: image, InstanceType: 't2.nano', MinCount: count, MaxCount: count };
      return elements(await server.ask({ Action: 'RunInstances', ...asked }), 'instanceId');
    },
    consoleOf: (id) => join(folders.machine(id), names.console),
    async terminate(ids) {
      await server.ask({ Action: 'TerminateInstances', ...named(ids) });
      await inState(server, ids, 'terminated');
    },
    async close() {
      await server.stop();
      end();
      await until('the machines end', () => startedBelow(data.path).length === 0);
      process.off('exit', end);
      data.remove();
    },
  };
}

/** The guest's kernel, ramdisk and an empty disk, imported on the command line. */
function importGuest(data: string): string {
  const { kernel, ramdisk } = guestBoot();
  const disk = join(data, 'empty.raw');
  writeFileSync(disk, Buffer.alloc(2 ** 20));
  const imported = (...args: readonly string[]): string => {
    const command = [entry, 'image', 'import', ...args, '--region', region, '--data', data];
    return execFileSync(process.execPath, command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  };
  const aki = imported(kernel, '--type', 'kernel');
  const ari = imported(ramdisk, '--type', 'ramdisk');
  return imported(disk, '--name', 'guest', '--kernel', aki, '--ramdisk', ari);
}

const named = (ids: readonly string[]) => Object.fromEntries(ids.map((id, at) => [`InstanceId.${at + 1}`, id]));

/** Waits until all of these instances are in a state. */
export function inState(server: RunningServer, ids: readonly string[], state: string): Promise<void> {
  return until(`${ids.join(', ')} become ${state}`, async () => {
    const xml = await server.ask({ Action: 'DescribeInstances', ...named(ids) });
    const states = [...xml.matchAll(/<instanceState>\s*<code>\d+<\/code>\s*<name>([^<]*)</g)].map((found) => found[1]);
    return states.length === ids.length && states.every((one) => one === state);
  });
}
