import type { InstanceTypeInfo, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import type { Zone } from '../../../ports/driver.ts';
import type { Writing } from '../../context/writing.ts';
import type { ImageRow } from '../../image/row.ts';
import { limitOf, refuseQuota } from '../../quota/quota.ts';
import { refuseVolumesBeyond, timesVolumesFit } from '../../quota/storage.ts';
import { freeAddresses } from '../../subnet/counters.ts';
import { tagSpecifications } from '../../tag/tagSpecifications.ts';
import { needZone } from '../../zone/zone.ts';
import type { InstanceRow } from '../row.ts';
import { type Counts, readCounts } from './counts.ts';
import { type PlannedDisk, planDisks } from './disks.ts';
import { launchImage, launchKernel } from './image.ts';
import { type LaunchKey, launchKey } from './key.ts';
import { type PlannedInterface, planNetwork } from './network.ts';
import { readOptions } from './options.ts';
import { askedZone, readTenancy } from './place.ts';
import { refuseWhatIsNotOffered } from './refused.ts';
import { type RoomFound, refuseFull } from './room.ts';
import { checkTypeFits, defaultType, needType } from './type.ts';
import { readUserData } from './userData.ts';

type Tags = Readonly<Record<string, string>>;

/** Everything that a launch has decided before a row exists. All instances of a launch are alike. */
export interface LaunchPlan {
  readonly count: number;
  readonly image: ImageRow;
  readonly type: InstanceTypeInfo;
  readonly zone: Zone;
  readonly disks: readonly PlannedDisk[];
  readonly interfaces: readonly PlannedInterface[];
  readonly key?: LaunchKey;
  readonly tags: { readonly instance: Tags; readonly volume: Tags; readonly interface: Tags };
  /** Members of each row that come as the request, the type and the image say. */
  readonly settings: Partial<InstanceRow> & ReturnType<typeof readOptions>;
}

/** Checks a request and decides what to launch, or refuses as EC2 does. */
export async function planLaunch(
  tx: Writing,
  input: RunInstancesRequest,
  room: RoomFound | undefined,
  ownKey: LaunchKey | undefined,
): Promise<LaunchPlan> {
  const counts = readCounts(input);
  refuseWhatIsNotOffered(input);
  const tags = tagSpecifications(input.TagSpecifications, [
    'instance',
    'volume',
    'network-interface',
    'spot-instances-request',
    'elastic-gpu',
  ]);
  const userData = readUserData(input.UserData);
  const type = needType(tx, input.InstanceType ?? defaultType);
  const image = await launchImage(tx, input.ImageId);
  checkTypeFits(type, image);
  const tenancy = readTenancy(input.Placement);
  const kernel = await launchKernel(tx, input, image);
  const key = await launchKey(tx, input.KeyName, ownKey);
  const options = readOptions(tx, input, type, image);
  const interfaces = await planNetwork(tx, input, type, room, counts.max);
  const zone = checkZone(tx, input, interfaces[0]!);
  const disks = await planDisks(tx, input.BlockDeviceMappings, image, type, zone.name);
  return {
    count: await countOf(tx, counts, interfaces, { room, fit: volumesFit(room, disks, counts.min) }, type),
    image,
    type,
    zone,
    disks,
    interfaces,
    ...(key && { key }),
    tags: { instance: tags.instance ?? {}, volume: tags.volume ?? {}, interface: tags['network-interface'] ?? {} },
    settings: { ...options, ...kernel, tenancy: tenancy ?? 'default', ...(userData !== undefined && { userData }) },
  };
}

/** A zone that the request names must be the subnet's. */
function checkZone(tx: Writing, { Placement }: RunInstancesRequest, { subnet }: PlannedInterface): Zone {
  const asked = askedZone(tx, Placement);
  if (asked !== undefined && asked !== subnet.zone) {
    fail(
      'InvalidParameterValue',
      `Value (${asked}) for parameter availabilityZone is invalid. Subnet '${subnet.id}' is in the availability zone ${subnet.zone}`,
    );
  }
  return needZone(tx, subnet.zone);
}

/** How many instances have their volumes within the cloud's quotas; refuses when these are fewer than the least. */
function volumesFit(room: RoomFound | undefined, disks: readonly PlannedDisk[], min: number): number {
  const volumes = disks.map(({ volume }) => volume);
  refuseVolumesBeyond(room?.storage, volumes, min);
  return timesVolumesFit(room?.storage, volumes);
}

/** How many are launched: as many as there is room, quota and addresses for, not more than asked; or EC2's refusal. */
async function countOf(
  tx: Writing,
  { min, max }: Counts,
  interfaces: readonly PlannedInterface[],
  { room, fit }: { readonly room: RoomFound | undefined; readonly fit: number },
  type: InstanceTypeInfo,
): Promise<number> {
  const name = type.InstanceType!;
  if (room !== undefined && room.room < min) refuseFull(name, room.zone);
  const { quota } = room ?? {};
  if (quota !== undefined && quota.left < min) refuseQuota(quota.limit);
  let count = Math.min(max, room?.room ?? max, quota?.left ?? max, fit);
  if (count === min) return count;
  // Too few of these are refused where they are taken, each with its own code.
  const left = async (quota: 'instances' | 'vcpus', each: number): Promise<number> =>
    Math.floor((limitOf(tx.world, quota) - (await tx.counter(quota))) / each);
  count = Math.min(count, await left('instances', 1), await left('vcpus', type.VCpuInfo?.DefaultVCpus ?? 1));
  for (const { subnet } of interfaces) {
    const here = interfaces.filter((n) => n.subnet.id === subnet.id);
    const each = here.reduce((sum, n) => sum + n.wanted.length + n.further, 0);
    if (each > 0) count = Math.min(count, Math.floor((await freeAddresses(tx, subnet)) / each));
  }
  return Math.max(count, min);
}
