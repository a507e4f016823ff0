import type { Clock } from '../../../ports/clock.ts';
import type { Call } from '../../../ports/driver.ts';
import type { Foreign } from '../../../ports/foreign.ts';
import type { OpenStackCatalogue } from '../catalogue.ts';
import type { GroupRecord } from '../groups.ts';
import type { ImageRecord } from '../images.ts';
import type { PlaceOf } from '../places.ts';
import type { Records } from '../records.ts';
import type { MachineRecord } from '../servers.ts';
import type { VolumeRecord } from '../volumes.ts';
import { createIds, type Ids } from './ids.ts';
import { createMachineDetails } from './machineDetails.ts';
import { createMachines } from './machines.ts';

export interface ForeignParts {
  readonly placeOf: PlaceOf;
  readonly clock: Clock;
  readonly zones: () => readonly string[];
  readonly catalogue: Pick<OpenStackCatalogue, 'shownAs' | 'flavorName'>;
  readonly machines: Records<MachineRecord>;
  readonly volumes: Records<VolumeRecord>;
  readonly images: Records<ImageRecord>;
  readonly groups: Records<GroupRecord>;
}

/** What others make, change and delete in an OpenStack. */
export function createForeign(parts: ForeignParts): Foreign {
  const { placeOf, clock, zones, catalogue } = parts;
  const volumeIds = createIds({ records: parts.volumes, prefix: 'vol', hidden: (made) => made.deleted === true });
  const machineIds = createIds({ records: parts.machines, prefix: 'i' });
  const groupIds = createIds({ records: parts.groups, prefix: 'sg' });
  const imageIds = createIds({ records: parts.images, prefix: 'ami' });
  const machines = createMachines({
    placeOf,
    clock,
    zones,
    ids: machineIds,
    details: createMachineDetails({ volumes: volumeIds.named, groups: groupIds.named }),
    images: (natives, call) => imagesShown(catalogue, imageIds, natives, call),
    flavorName: catalogue.flavorName,
  });
  return { machines, machineOf: machines.machineOf };
}

async function imagesShown(
  catalogue: ForeignParts['catalogue'],
  own: Ids<ImageRecord>,
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
