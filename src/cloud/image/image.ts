import type { BlockDeviceMapping, Image } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import { imageFilters } from './filters.ts';
import type { BlockDeviceRow, ImageRow } from './row.ts';

/** Images: AMIs, kernel and ramdisk images. Images of one's own are `ami-`; a cloud's catalogue has the others too. */
export const image = resource<ImageRow>()({
  kind: 'image',
  prefix: 'ami',
  otherPrefixes: ['aki', 'ari'],
  tagged: 'image',
  codes: {
    missing: 'InvalidAMIID.NotFound',
    malformed: 'InvalidAMIID.Malformed',
    noun: 'image',
    absent: (ids) =>
      ids.length === 1
        ? `The image id '[${ids[0]}]' does not exist`
        : `The image ids '[${ids.join(', ')}]' do not exist`,
  },
  states: states(
    {
      pending: { ready: 'available', failed: 'failed', deregister: 'deregistered' },
      available: { deregister: 'deregistered' },
      failed: { deregister: 'deregistered' },
      deregistered: {},
    },
    { transient: ['pending'], refuse: 'InvalidAMIID.Unavailable' },
  ),
  audience: audienceOf,
  ownersOnly: ['lastLaunchedAt'],
  indexes: { owner: (i) => (i.ownerAlias === undefined ? ownerOf(i) : [ownerOf(i), i.ownerAlias]) },
  filters: imageFilters,
  view: (i): Image => ({
    ImageId: i.id,
    ImageLocation: i.location,
    State: i.state,
    OwnerId: ownerOf(i),
    CreationDate: new Date(i.createdAt).toISOString(),
    Public: i.launchPermissions.includes('all'),
    ...(i.productCodes.length === 0 ? {} : { ProductCodes: viewProductCodes(i) }),
    Architecture: i.architecture,
    ImageType: i.type,
    KernelId: i.kernel,
    RamdiskId: i.ramdisk,
    // The wire says `windows`, whatever the SDK's type says: tools compare with it (API reference: "windows for Windows AMIs").
    Platform: i.platform as Image['Platform'],
    PlatformDetails: i.platformDetails,
    UsageOperation: i.usageOperation,
    StateReason: i.stateReason === undefined ? undefined : { Code: i.stateReason.code, Message: i.stateReason.message },
    ImageOwnerAlias: i.ownerAlias,
    Name: i.name,
    Description: i.description,
    RootDeviceType: i.rootDeviceType,
    RootDeviceName: i.rootDeviceName,
    BlockDeviceMappings: i.blockDevices.map(viewBlockDevice),
    VirtualizationType: i.virtualization,
    Hypervisor: i.hypervisor,
    EnaSupport: i.enaSupport,
    SriovNetSupport: i.sriov,
    BootMode: i.bootMode,
    TpmSupport: i.tpm as Image['TpmSupport'],
    ImdsSupport: i.imdsSupport as Image['ImdsSupport'],
    DeprecationTime: i.deprecatedAt === undefined ? undefined : new Date(i.deprecatedAt).toISOString(),
    LastLaunchedTime: lastLaunchedTime(i),
    DeregistrationProtection: i.isProtected ? 'enabled' : 'disabled',
    SourceInstanceId: i.sourceInstance,
    SourceImageId: i.sourceImage,
    SourceImageRegion: i.sourceImageRegion,
    FreeTierEligible: i.freeTierEligible === true,
    ...viewTags(i.tags),
  }),
});

/** EC2 tells it after a day; here it is told at once. */
export const lastLaunchedTime = ({ lastLaunchedAt }: ImageRow): string | undefined =>
  lastLaunchedAt === undefined ? undefined : new Date(lastLaunchedAt).toISOString();

/** Who finds the image among their own account's and others' rows. */
function audienceOf(i: ImageRow): readonly string[] {
  return i.cloudShares && i.owner === undefined
    ? i.launchPermissions.filter((who) => who === 'all')
    : i.launchPermissions;
}

/** The account that owns an image. */
export const ownerOf = (i: ImageRow): string => i.owner ?? i.account;

/** Product codes that an image carries are those of the marketplace. */
export const viewProductCodes = (i: ImageRow) =>
  i.productCodes.map((code) => ({ ProductCodeId: code, ProductCodeType: 'marketplace' as const }));

/** One line of a block device mapping as DescribeImages shows it. */
export function viewBlockDevice({ device, virtualName, noDevice, ebs }: BlockDeviceRow): BlockDeviceMapping {
  if (noDevice) return { DeviceName: device, NoDevice: '' };
  if (ebs === undefined) return { DeviceName: device, VirtualName: virtualName };
  return {
    DeviceName: device,
    Ebs: {
      DeleteOnTermination: ebs.deleteOnTermination,
      SnapshotId: ebs.snapshot,
      VolumeSize: ebs.sizeGiB,
      VolumeType: ebs.type as NonNullable<BlockDeviceMapping['Ebs']>['VolumeType'],
      Iops: ebs.iops,
      Throughput: ebs.throughput,
      Encrypted: ebs.encrypted === true,
      KmsKeyId: ebs.kmsKey,
    },
  };
}
