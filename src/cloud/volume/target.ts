import type { ModifyVolumeRequest } from '@aws-sdk/client-ec2';
import { fail } from '../../kernel/errors.ts';
import type { VolumeRow, VolumeTraits } from './row.ts';
import { shapeVolume, volumeTypes } from './types.ts';

/** API reference, ModifyVolume: IOPS of a volume that becomes one of these types, when the request gives none. */
const usualIops: Readonly<Record<string, number>> = { gp3: 3_000, io1: 3_000, io2: 3_000 };

/** What a volume is to become. Refuses what EC2 does not make of it. */
export function targetOf(v: VolumeRow, asked: ModifyVolumeRequest): VolumeTraits {
  if (asked.Size !== undefined && asked.Size < v.sizeGiB)
    fail('InvalidParameterValue', 'New size cannot be smaller than existing size');
  const multiAttach = asked.MultiAttachEnabled ?? v.multiAttach;
  const target = { ...shapeOf(v, asked), multiAttach };
  if (multiAttach && volumeTypes[target.type]?.multiAttach !== true)
    fail('InvalidParameterCombination', `Multi-Attach is not supported for ${target.type} volumes.`);
  if (multiAttach !== v.multiAttach) checkMultiAttach(v, target);
  return target;
}

function shapeOf(v: VolumeRow, asked: ModifyVolumeRequest): Omit<VolumeTraits, 'multiAttach'> {
  const type = asked.VolumeType ?? v.type;
  const sizeGiB = asked.Size ?? v.sizeGiB;
  // A type of the cloud's own, that EC2 does not have: of such a volume nothing is known but its size.
  if (!Object.hasOwn(volumeTypes, type) && asked.VolumeType === undefined) {
    if (asked.Iops !== undefined || asked.Throughput !== undefined)
      fail('InvalidParameterCombination', `The parameters iops and throughput are not supported for ${type} volumes.`);
    return { type, sizeGiB };
  }
  const keeps = type === v.type;
  const takesIops = volumeTypes[type]?.iops !== undefined;
  const iops = asked.Iops ?? (takesIops ? (keeps ? v.iops : usualIops[type]) : undefined);
  const throughput = asked.Throughput ?? (keeps ? v.throughput : undefined);
  return shapeVolume({ type, sizeGiB, iops, throughput, snapshotGiB: undefined }, type);
}

/** EBS user guide, "Amazon EBS Multi-Attach": only of io2, and while nothing would lose it. */
function checkMultiAttach(v: VolumeRow, { type, multiAttach }: VolumeTraits): void {
  if (type !== 'io2' || v.type !== 'io2')
    fail('InvalidParameterCombination', 'Multi-Attach can be enabled and disabled for io2 volumes only.');
  const most = multiAttach ? 0 : 1;
  if (v.attachments.length > most)
    fail(
      'IncorrectState',
      `Multi-Attach of ${v.id} cannot be changed while it is attached to ${v.attachments.length}.`,
    );
}
