import type { Volume, VolumeAttachment } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import { volumeArn } from './arn.ts';
import type { VolumeAttachmentRow, VolumeRow } from './row.ts';

const absent = (ids: readonly string[]): string =>
  ids.length === 1 ? `The volume '${ids[0]}' does not exist.` : `The volumes '${ids.join(', ')}' do not exist.`;

/** EBS volumes. Filters as documented for DescribeVolumes. */
export const volume = resource<VolumeRow>()({
  kind: 'volume',
  prefix: 'vol',
  tagged: 'volume',
  codes: { missing: 'InvalidVolume.NotFound', malformed: 'InvalidVolumeID.Malformed', noun: 'volume', absent },
  states: states(
    {
      creating: { ready: 'available', failed: 'error', delete: 'deleting' },
      available: { attach: 'in-use', delete: 'deleting' },
      'in-use': { attach: 'in-use', detach: 'available' },
      deleting: { gone: 'deleted', failed: 'error' },
      error: { delete: 'deleting' },
      deleted: {},
    },
    { transient: ['creating', 'deleting'], refuse: 'IncorrectState' },
  ),
  filters: {
    'attachment.attach-time': {
      of: (v) => v.attachments.map((a) => new Date(a.attachedAt).toISOString()),
      doc: 'the time when the attachment began',
    },
    'attachment.delete-on-termination': {
      of: (v) => v.attachments.map((a) => a.deleteOnTermination),
      doc: 'whether the volume is deleted when the instance is terminated',
    },
    'attachment.device': { of: (v) => v.attachments.map((a) => a.device), doc: 'the device name on the instance' },
    'attachment.instance-id': {
      of: (v) => v.attachments.map((a) => a.instance),
      doc: 'the instance that the volume is attached to',
      indexed: true,
    },
    'attachment.status': {
      of: (v) => v.attachments.map((a) => a.state),
      doc: 'the attachment state (attaching, attached, detaching)',
    },
    'availability-zone': { of: (v) => v.zone, doc: 'the zone of the volume', indexed: true },
    'availability-zone-id': { of: (v) => v.zoneId, doc: 'the id of the zone' },
    'create-time': { of: (v) => new Date(v.createdAt).toISOString(), doc: 'the time when the volume was created' },
    encrypted: { of: (v) => v.encrypted, doc: 'whether the volume is encrypted' },
    'multi-attach-enabled': {
      of: (v) => v.multiAttach,
      doc: 'whether the volume can be attached to several instances',
    },
    'fast-restored': { of: () => false, doc: 'whether the volume came from a snapshot enabled for fast restore' },
    'operator.managed': { of: () => false, doc: 'whether a service provider manages the volume' },
    'operator.principal': { of: () => undefined, doc: 'the service provider that manages the volume' },
    size: { of: (v) => v.sizeGiB, doc: 'the size in GiB' },
    'snapshot-id': { of: (v) => v.snapshot ?? '', doc: 'the snapshot that the volume was created from', indexed: true },
    status: { of: (v) => v.state, doc: 'the state of the volume', indexed: true },
    'volume-id': { of: (v) => v.id, doc: 'the id of the volume' },
    'volume-type': { of: (v) => v.type, doc: 'the volume type' },
  },
  indexes: { modification: (v) => v.modification?.state },
  view: (v): Volume => ({
    VolumeId: v.id,
    Size: v.sizeGiB,
    SnapshotId: v.snapshot ?? '',
    AvailabilityZone: v.zone,
    AvailabilityZoneId: v.zoneId,
    State: v.state,
    CreateTime: new Date(v.createdAt),
    Attachments: v.attachments.map((a) => viewAttachment(v.id, a)),
    VolumeType: v.type as NonNullable<Volume['VolumeType']>,
    Iops: v.iops,
    Throughput: v.throughput,
    Encrypted: v.encrypted,
    KmsKeyId: v.kmsKey,
    MultiAttachEnabled: v.multiAttach,
    VolumeInitializationRate: v.initializationRate,
    OwnerId: v.account,
    VolumeArn: volumeArn(v.region, v.account, v.id),
    Operator: { Managed: false },
    ...viewTags(v.tags),
  }),
});

/** An attachment as AttachVolume, DetachVolume and DescribeVolumes show it. */
export const viewAttachment = (volumeId: string, a: VolumeAttachmentRow): VolumeAttachment => ({
  VolumeId: volumeId,
  InstanceId: a.instance,
  Device: a.device,
  State: a.state,
  AttachTime: new Date(a.attachedAt),
  DeleteOnTermination: a.deleteOnTermination,
});
