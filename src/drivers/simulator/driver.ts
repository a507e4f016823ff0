import type { Clock } from '../../ports/clock.ts';
import type { Call, Capabilities, Driver } from '../../ports/driver.ts';
import type { Random } from '../../ports/ids.ts';
import type { Shelf } from '../../ports/store.ts';
import { SimulatedCompute } from './compute.ts';
import { createImages } from './images.ts';
import { isPublicSnapshot, offer } from './offer.ts';
import type { SimulatorSettings } from './settings.ts';
import { createSnapshots } from './snapshots.ts';
import { computeWithTrouble, createInjector, withTrouble } from './trouble.ts';
import { createVolumes } from './volumes.ts';

export interface SimulatorParts {
  /** Where the pretend cloud is kept. Several processes may share it. */
  readonly shelf: Shelf;
  readonly clock: Clock;
  /** Decides injected failures that come by chance. */
  readonly random: Random;
  readonly settings: SimulatorSettings;
}

export const simulatorCan: Capabilities = {
  consoleLog: true,
  latestConsole: false,
  volumes: true,
  encryptedVolumes: true,
  multiAttach: true,
  otherVolumeTypes: true,
  volumePerformance: true,
  detachRoot: true,
  snapshots: true,
  images: true,
  kernelImages: true,
  ownDiskImages: false,
  shareSnapshotImages: true,
  virtioNames: false,
  elasticIps: true,
  chosenAddresses: true,
  automaticAddresses: true,
  everyRule: true,
  sourceDestCheck: true,
  localDisksStay: false,
  ownDisks: false,
  otherTypes: true,
  screenshots: false,
  openConsoles: false,
};

/** A pretend cloud: exact and durable, and nothing runs. All its state is on the shelf; time alone changes it. */
export function createSimulator({ shelf, clock, random, settings }: SimulatorParts): Driver {
  const { delays } = settings;
  const hasSnapshot = async (id: string, call: Call) =>
    isPublicSnapshot(id, call.region) || (await snapshots.look(id, call)) !== undefined;
  const hasVolume = async (id: string, call: Call) => (await volumes.look(id, call)) !== undefined;
  const volumes = createVolumes(shelf, clock, delays, hasSnapshot);
  const snapshots = createSnapshots(shelf, clock, delays, hasVolume);
  const compute = new SimulatedCompute(shelf, clock, settings, hasVolume);
  const images = createImages(shelf, clock, delays, { compute, volumes, snapshots });

  const injector = createInjector(settings.failures, random);
  const unknown = { spec: () => ({}), id: async () => ({}) };
  return {
    name: 'simulator',
    can: simulatorCan,
    catalogue: offer,
    compute: computeWithTrouble(compute, injector, (id, call) => compute.about(id, call)),
    volumes: withTrouble(volumes, 'volumes', injector, {
      spec: ({ zone, type }) => ({ zone, type }),
      id: async (id, call) => (await volumes.read(id, call))?.spec ?? {},
    }),
    snapshots: withTrouble(snapshots, 'snapshots', injector, unknown),
    images: withTrouble(images, 'images', injector, unknown),
    ping: () =>
      injector.around(
        'ping',
        undefined,
        async () => ({}),
        async () => void (await shelf.get('ping')),
      ),
    close: async () => undefined,
  };
}
