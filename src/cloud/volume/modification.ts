import type { VolumeModification, VolumeModificationState, VolumeType } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import type { VolumeModificationRow, VolumeRow } from './row.ts';
import { volume } from './volume.ts';

/** A volume that was modified. */
export type ModifiedVolume = VolumeRow & { readonly modification: VolumeModificationRow };

export const isModified = (v: VolumeRow): v is ModifiedVolume => v.modification !== undefined;

/** Volumes as DescribeVolumesModifications lists them: the last modification of each. Filters as documented there. */
export const volumeModification = resource<ModifiedVolume>()({
  kind: volume.kind,
  prefix: volume.prefix,
  codes: volume.codes,
  filters: {
    'modification-state': { of: ({ modification }) => modification.state, doc: 'the state of the modification' },
    'original-iops': { of: ({ modification }) => modification.original.iops, doc: 'the IOPS before' },
    'original-size': { of: ({ modification }) => modification.original.sizeGiB, doc: 'the size before, in GiB' },
    'original-volume-type': { of: ({ modification }) => modification.original.type, doc: 'the volume type before' },
    originalMultiAttachEnabled: {
      of: ({ modification }) => modification.original.multiAttach,
      doc: 'whether it could be attached to several instances before',
    },
    'start-time': {
      of: ({ modification }) => new Date(startOf(modification)).toISOString(),
      doc: 'the time when the modification began',
    },
    'target-iops': { of: ({ modification }) => modification.target.iops, doc: 'the IOPS to be' },
    'target-size': { of: ({ modification }) => modification.target.sizeGiB, doc: 'the size to be, in GiB' },
    'target-volume-type': { of: ({ modification }) => modification.target.type, doc: 'the volume type to be' },
    targetMultiAttachEnabled: {
      of: ({ modification }) => modification.target.multiAttach,
      doc: 'whether it is to be attached to several instances',
    },
    'volume-id': { of: (v) => v.id, doc: 'the id of the volume' },
  },
  view: ({ id, modification }): VolumeModification => {
    const { state, note, original, target, endedAt } = modification;
    return {
      VolumeId: id,
      ModificationState: state satisfies VolumeModificationState,
      StatusMessage: note,
      TargetSize: target.sizeGiB,
      TargetIops: target.iops,
      TargetVolumeType: target.type as VolumeType,
      TargetThroughput: target.throughput,
      TargetMultiAttachEnabled: target.multiAttach,
      OriginalSize: original.sizeGiB,
      OriginalIops: original.iops,
      OriginalVolumeType: original.type as VolumeType,
      OriginalThroughput: original.throughput,
      OriginalMultiAttachEnabled: original.multiAttach,
      Progress: state === 'completed' ? 100 : 0,
      StartTime: new Date(startOf(modification)),
      EndTime: endedAt === undefined ? undefined : new Date(endedAt),
      Operator: { Managed: false },
    };
  },
});

const startOf = ({ began }: VolumeModificationRow): number => began.at(-1)!;
