import { mkdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname } from 'node:path';
import { createFolders } from '../drivers/qemu/folders.ts';
import { metadataSocketOf } from '../drivers/qemu/network/control.ts';
import type { HttpLimits } from '../fronts/http/limits.ts';
import { createMachineListener } from '../fronts/metadata/machineListener.ts';
import type { Composition } from './compose.ts';
import { Problem } from './config/problem.ts';
import type { Settings } from './config/settings.ts';
import { qemuFolder } from './qemuFolder.ts';

/** Answers real machines that ask for their metadata: a listener for each region of them, at the socket that its switch knows. */
export async function listenForMachines(
  settings: Pick<Settings, 'regions' | 'qemu' | 'data'>,
  { world, metadata }: Composition,
  limits: HttpLimits,
): Promise<readonly Server[]> {
  const regions = settings.regions.filter(([, driver]) => driver === 'qemu').map(([name]) => name);
  return Promise.all(
    regions.map((region) => {
      const path = metadataSocketOf(createFolders(qemuFolder(settings, region)).network);
      return listening(createMachineListener({ metadata, region, log: world.log.child({ region }) }, limits), path);
    }),
  );
}

function listening(server: Server, path: string): Promise<Server> {
  // One that a killed server left.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Problem('unreadable', `machines cannot be answered at ${path}: ${error.message}`, { cause: error }));
    });
    server.listen(path, () => resolve(server));
  });
}
