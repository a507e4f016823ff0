import type { Clock } from '../../../ports/clock.ts';
import type { Kind, Seen, VolumeSpec } from '../../../ports/driver.ts';
import type { Log } from '../../../ports/log.ts';
import type { Folders } from '../folders.ts';
import { Locks, type Turns } from '../locks.ts';
import { namesIn, readRecord } from '../records.ts';
import { type ChainLength, type Chains, createChains } from './chains.ts';
import type { Holders, VolumeFiles } from './holders.ts';
import { createLayers, type Layers, volumeRecord } from './layers.ts';
import { createPivot } from './pivot.ts';
import { createQemuImg, type QemuImg, type QemuImgParts } from './qemuImg.ts';
import { createSnapshots, type Snapshots } from './snapshots.ts';
import { createVolumes } from './volumes.ts';

export interface DiskParts {
  readonly folders: Folders;
  readonly holders: Holders;
  readonly clock: Clock;
  readonly log: Log;
  readonly qemuImg: QemuImgParts;
  readonly hasZone: (zone: string, region: string) => boolean;
  readonly chainLength?: ChainLength;
}

/** Everything that a driver keeps in blocks. */
export interface Disks {
  readonly volumes: Kind<VolumeSpec, Seen>;
  readonly snapshots: Snapshots;
  /** For machines. Needs nothing of `holders`. */
  readonly files: VolumeFiles;
  readonly qemuImg: QemuImg;
  readonly layers: Layers;
  readonly chains: Chains;
  /** Takes away what a crash left, and begins to shorten what is long. To be awaited before the first call. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

/** Volumes and snapshots of one region, in its folder. */
export function createDisks(parts: DiskParts): Disks {
  const { folders, log } = parts;
  const qemuImg = createQemuImg(parts.qemuImg);
  // Apart from the locks of machines, which wait for these.
  const locks = new Locks();
  const turns: Turns = (thing, work) => locks.inTurn(thing, work);
  const layers = createLayers({ folders, qemuImg, turns, log });
  const pivot = createPivot(layers, parts.clock);
  const inner = { ...parts, qemuImg, turns, layers, pivot };
  const chains = createChains({ ...inner, ...(parts.chainLength && { length: parts.chainLength }) });
  return {
    volumes: createVolumes(inner),
    snapshots: createSnapshots({ ...inner, chains }),
    files: filesOf(folders, layers),
    qemuImg,
    layers,
    chains,
    async tidy() {
      await layers.tidy();
      for (const volume of await namesIn(`${folders.root}/volumes`)) chains.consider(volume);
    },
    close: () => chains.close(),
  };
}

/** The files that machines open, by volume. */
export const filesOf = (folders: Folders, layers: Pick<Layers, 'topOf'>): VolumeFiles => ({
  async fileOf(volume) {
    return (await readRecord(volumeRecord(folders, volume))) === undefined ? undefined : layers.topOf(volume);
  },
});
