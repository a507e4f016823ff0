import type { ForeignBlockDevice, ForeignImage, ForeignSnapshot } from '../../ports/driver.ts';
import type { SnapshotRow } from '../snapshot/row.ts';
import type { BlockDeviceRow, ImageRow } from './row.ts';

/** What an image's row takes from the cloud's words for it. */
export function shownImage(of: ForeignImage) {
  return {
    id: of.id,
    createdAt: of.createdAt,
    type: of.type,
    name: of.name,
    location: of.location,
    architecture: of.architecture,
    platformDetails: of.platformDetails,
    usageOperation: of.usageOperation,
    virtualization: of.virtualizationType,
    hypervisor: of.hypervisor,
    rootDeviceType: of.rootDeviceType,
    blockDevices: of.blockDevices.map(blockDeviceRow),
    enaSupport: of.enaSupport,
    freeTierEligible: of.freeTierEligible,
    ...given({
      description: of.description,
      ownerAlias: of.ownerAlias,
      platform: of.platform,
      rootDeviceName: of.rootDeviceName,
      kernel: of.kernelId,
      ramdisk: of.ramdiskId,
      sriov: of.sriovNetSupport,
      bootMode: of.bootMode,
      tpm: of.tpmSupport,
      imdsSupport: of.imdsSupport,
      deprecatedAt: of.deprecatedAt,
    }),
  } satisfies Partial<ImageRow>;
}

/** A public image of a catalogue, as its owner's row. */
export const publicRow = (of: ForeignImage, region: string): ImageRow => ({
  ...shownImage(of),
  account: of.ownerId,
  region,
  tags: {},
  state: 'available',
  launchPermissions: ['all'],
  productCodes: [],
});

/** A public snapshot of a catalogue, as its owner's row. */
export const snapshotRow = (of: ForeignSnapshot, region: string): SnapshotRow => ({
  id: of.id,
  account: of.ownerId,
  region,
  createdAt: of.startedAt,
  tags: {},
  state: 'completed',
  // EC2 shows this volume for snapshots whose volume is nobody's business.
  volume: 'vol-ffffffff',
  sizeGiB: of.sizeGiB,
  description: of.description,
  encrypted: of.encrypted,
  progress: 100,
  completedAt: of.startedAt,
  permissions: ['all'],
  ...given({ ownerAlias: of.ownerAlias }),
});

function blockDeviceRow({ deviceName, virtualName, ebs }: ForeignBlockDevice): BlockDeviceRow {
  if (ebs === undefined) return { device: deviceName, ...given({ virtualName }) };
  return {
    device: deviceName,
    ebs: {
      snapshot: ebs.snapshotId,
      sizeGiB: ebs.sizeGiB,
      type: ebs.volumeType,
      ...given({ iops: ebs.iops, throughput: ebs.throughputMBps }),
      deleteOnTermination: ebs.deleteOnTermination,
      encrypted: ebs.encrypted,
    },
  };
}

/** The members that have a value. */
const given = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
