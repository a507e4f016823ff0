import type { Clock } from '../../../ports/clock.ts';
import { type Call, DriverError } from '../../../ports/driver.ts';
import type { Foreign } from '../../../ports/foreign.ts';
import type { OpenStackCatalogue } from '../catalogue.ts';
import type { IsTaken } from '../claims.ts';
import type { ImageRecord } from '../images.ts';
import type { HealthsTold } from '../machines/healths.ts';
import type { MachineRecord } from '../machines/servers.ts';
import type { Sightings } from '../machines/sightings.ts';
import type { GroupRecord } from '../neutron/groups.ts';
import type { PlaceOf } from '../places.ts';
import type { Records } from '../records.ts';
import { type Snapshot, volume } from '../rest/cinder.ts';
import type { SnapshotRecord } from '../snapshots.ts';
import type { VolumeTypes } from '../storage/volumeTypes.ts';
import { hiddenPrefix, type VolumeRecord } from '../volumes.ts';
import { Ids, type Native } from './ids.ts';
import { createMachineDetails } from './machineDetails.ts';
import { createFaults } from './machineFaults.ts';
import { createMachines } from './machines.ts';
import { createSnapshotFeed, createVolumeFeed } from './storage.ts';

export interface ForeignParts {
  readonly placeOf: PlaceOf;
  readonly clock: Clock;
  readonly sightings: Sightings;
  readonly healths: HealthsTold;
  readonly zones: () => readonly string[];
  readonly catalogue: Pick<OpenStackCatalogue, 'shownAs' | 'flavorName' | 'refreshTypes'>;
  readonly machines: Records<MachineRecord>;
  readonly volumes: Records<VolumeRecord>;
  readonly snapshots: Records<SnapshotRecord>;
  readonly isTaken: IsTaken;
  readonly images: Records<ImageRecord>;
  readonly groups: Records<GroupRecord>;
  readonly volumeTypes: Pick<VolumeTypes, 'shownAs'>;
}

/** What others make, change and delete in an OpenStack. */
export function createForeign(parts: ForeignParts): Foreign {
  const { placeOf, clock, zones, catalogue, isTaken } = parts;
  const volumeIds = new Ids<Native, VolumeRecord>({
    records: parts.volumes,
    prefix: 'vol',
    isTaken,
    hidden: (made) => made.deleted === true,
    look: async (native, { account, signal }) =>
      volume((await placeOf(account)).session, native, signal).catch(whenAway),
    // Its user deleted it; it is there for its snapshots.
    adopted: async ({ name }) => (name?.startsWith(hiddenPrefix) ? { deleted: true } : {}),
  });
  const machineIds = new Ids<Native, MachineRecord>({ records: parts.machines, isTaken, prefix: 'i' });
  const groupIds = new Ids<Native, GroupRecord>({ records: parts.groups, isTaken, prefix: 'sg' });
  const imageIds = new Ids<Native, ImageRecord>({ records: parts.images, isTaken, prefix: 'ami' });
  const snapshotIds = new Ids<Snapshot, SnapshotRecord>({
    records: parts.snapshots,
    isTaken,
    prefix: 'snap',
    // A volume that is deleted for its user goes with the last of its snapshots, whoever took them.
    adopted: async ({ volume_id: volume }, call) => {
      const id = (await volumeIds.named([volume], call)).get(volume);
      return id === undefined ? {} : { volume: id };
    },
  });
  const machines = createMachines({
    placeOf,
    clock,
    sightings: parts.sightings,
    healths: parts.healths,
    zones,
    ids: machineIds,
    faultOf: createFaults(),
    details: createMachineDetails({
      volumes: (natives, call) => volumeIds.named(natives, call),
      groups: (natives, call) => groupIds.named(natives, call),
    }),
    images: (natives, call) => imagesShown(catalogue, imageIds, natives, call),
    flavorName: catalogue.flavorName,
    refreshTypes: catalogue.refreshTypes,
  });
  const storage = {
    ...{ placeOf, zones, machines: machineIds, volumes: volumeIds, snapshots: snapshotIds },
    shownAs: parts.volumeTypes.shownAs,
  };
  return {
    machines,
    machineOf: machines.machineOf,
    volumes: createVolumeFeed(storage),
    snapshots: createSnapshotFeed(storage),
  };
}

/** Machines are told without Cinder, too: a volume of others has its computed id whatever Cinder would say. */
function whenAway(error: unknown): undefined {
  if (!(error instanceof DriverError) || error.trouble === 'bug') throw error;
  return undefined;
}

async function imagesShown(
  catalogue: ForeignParts['catalogue'],
  own: Ids<Native, ImageRecord>,
  natives: readonly string[],
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  const shown = new Map<string, string>();
  for (const native of new Set(natives)) {
    const id = catalogue.shownAs(native);
    if (id !== undefined) shown.set(native, id);
  }
  const left = natives.filter((native) => !shown.has(native));
  return left.length === 0 ? shown : new Map([...shown, ...(await own.named(left, call))]);
}
