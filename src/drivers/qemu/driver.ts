import { mkdirSync } from 'node:fs';
import type { Clock } from '../../ports/clock.ts';
import { type Capabilities, type Driver, DriverError, type Kind, type Seen } from '../../ports/driver.ts';
import type { Log } from '../../ports/log.ts';
import { accelerationHere } from './acceleration.ts';
import { createDisks } from './disks/disks.ts';
import { findFirmware } from './firmware.ts';
import { createFolders } from './folders.ts';
import { diskTool, prlimitHere, whyNoMachines } from './host.ts';
import { createImageCatalogue } from './images/catalogue.ts';
import { createImages } from './images/images.ts';
import { removeLeftOver } from './leftOver.ts';
import { loopbackOf } from './loopback.ts';
import { bootOf } from './machines/boot.ts';
import { QemuCompute } from './machines/compute.ts';
import type { Computer } from './machines/computer.ts';
import { QemuConsoles } from './machines/consoles.ts';
import { Machines } from './machines/machines.ts';
import { createNetwork } from './network/networks.ts';
import { createSwitchPlane } from './network/switchPlane.ts';
import { offerOf } from './offer.ts';
import type { QemuSettings } from './settings.ts';

export interface QemuParts {
  readonly region: string;
  /** Where everything of the region is kept. */
  readonly folder: string;
  readonly settings: QemuSettings;
  /** The one that all regions are on. */
  readonly computer: Computer;
  readonly clock: Clock;
  readonly log: Log;
  /** How the switch of a folder is started, the folder behind it, and of which version it then is. */
  readonly switchCommand: readonly [string, ...string[]];
  readonly version: string;
}

export const qemuCan: Capabilities = {
  consoleLog: true,
  latestConsole: true,
  volumes: true,
  encryptedVolumes: false,
  multiAttach: false,
  otherVolumeTypes: true,
  volumePerformance: false,
  detachRoot: true,
  snapshots: true,
  images: true,
  kernelImages: true,
  ownDiskImages: false,
  shareSnapshotImages: true,
  virtioNames: true,
  elasticIps: true,
  chosenAddresses: false,
  automaticAddresses: true,
  everyRule: true,
  sourceDestCheck: true,
  localDisksStay: false,
  ownDisks: true,
  otherTypes: true,
  screenshots: true,
  openConsoles: true,
};

/** The longest folder below which the sockets of machines have names that the system takes. */
const longestFolder =
  (process.platform === 'linux' ? 107 : 103) - '/machines/i-0123456789abcdef0/eni-0123456789abcdef0.wire'.length;

/** Why a folder cannot be used, in one line; undefined: it can. */
export const whyNotHere = (folder: string): string | undefined =>
  Buffer.byteLength(folder) > longestFolder
    ? `the folder ${folder} has a name of more than ${longestFolder} bytes, too long for sockets in it; choose another with qemu.REGION.folder`
    : undefined;

/** Real machines on this computer, with QEMU. All state is in the folder and in the processes. */
export function createQemu(parts: QemuParts): Driver {
  const { region, folder, settings, computer, clock, log, switchCommand, version } = parts;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const folders = createFolders(folder);
  const loopback = loopbackOf(folder);
  const { binaries, acceleration } = settings;
  const prlimit = prlimitHere();
  const machines = new Machines({
    ...{ folders, settings, computer, clock, log },
    volumes: { fileOf: (volume) => disks.files.fileOf(volume) },
    bootOf: (id, spec) => bootOf(id, spec, folders),
    acceleration: async () => (acceleration === 'auto' ? accelerationHere(binaries.qemu, folder) : acceleration),
    follow: () => network.follow(),
    ...(prlimit !== undefined && { prlimit }),
  });
  const plane = createSwitchPlane({
    ...{ folder: folders.network, command: switchCommand, version },
    lost: () => network.followSoon(),
  });
  const network = createNetwork({
    ...{ region, zones: settings.zones.map(({ name }) => name), folders, machines, plane, clock, log },
    nthAddress: loopback.elastic,
  });
  const disks = createDisks({
    ...{ folders, holders: machines, clock, log },
    qemuImg: diskTool(binaries.qemuImg),
    hasZone: (zone, at) => at === region && settings.zones.some(({ name }) => name === zone),
  });
  // It may have changed, or gone, while nobody was here.
  network.followSoon();
  const swept = sweep(machines);
  const compute = new QemuCompute(region, machines, network.ports);
  const images = createImages({ folders, compute, snapshots: disks.snapshots });
  const imported = createImageCatalogue(folders);
  const tidied = once(() => disks.tidy());
  return {
    name: 'qemu',
    can: qemuCan,
    catalogue: offerOf(region, settings, imported, loopback, findFirmware),
    compute,
    volumes: after(tidied, disks.volumes),
    snapshots: after(tidied, disks.snapshots),
    images: after(tidied, images),
    networks: network.networks,
    consoles: new QemuConsoles(region, machines),
    ping: async () => {
      const why = whyNoMachines(binaries);
      if (why !== undefined) throw new DriverError('unavailable', why);
    },
    close: async () => {
      await swept;
      await network.close();
      await plane.close();
      await disks.close();
      await machines.close();
    },
  };
}

/** Takes away what commands and machines left that nobody knows. What cannot be taken is there the next time. */
async function sweep(machines: Machines): Promise<void> {
  const { folders, log } = machines.parts;
  const works = [removeLeftOver(folders), machines.endOrphans()];
  for (const { reason } of (await Promise.allSettled(works)).filter((one) => one.status === 'rejected'))
    log.warn({ err: reason }, 'what nobody knows cannot be taken away');
}

/** What a crash left is taken away before anything is made; a failure is told to whoever asked, and it is tried again. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

/** The verbs of a kind, each after something else. */
function after<Spec, S extends Seen>(first: () => Promise<void>, kind: Kind<Spec, S>): Kind<Spec, S> {
  return {
    ensure: async (id, spec, call) => first().then(() => kind.ensure(id, spec, call)),
    look: async (id, call) => first().then(() => kind.look(id, call)),
    absent: async (id, call) => first().then(() => kind.absent(id, call)),
    async *list(call) {
      await first();
      yield* kind.list(call);
    },
  };
}
