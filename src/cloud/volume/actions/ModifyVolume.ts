import { ModifyVolume$, type ModifyVolumeRequest, type ModifyVolumeResult } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import type { StorageLeft } from '../../../ports/driver.ts';
import { write } from '../../action/action.ts';
import { refuseGrowthBeyond, storageLeft } from '../../quota/storage.ts';
import { volumeModification } from '../modification.ts';
import { needOffered } from '../offered.ts';
import modifyVolume from '../operations/modifyVolume.ts';
import type { VolumeRow, VolumeTraits } from '../row.ts';
import { targetOf } from '../target.ts';
import { volume } from '../volume.ts';

/** API reference, ModifyVolume: how often a volume can be modified within a day. */
const mostADay = 4;
const dayMs = 24 * 60 * 60_000;

export default write<ModifyVolumeRequest, ModifyVolumeResult, StorageLeft | undefined>(ModifyVolume$, {
  doc: 'Makes a volume larger, or one of another type or performance, also while it is in use.',
  async prepare(cx, { VolumeId: id, Size, VolumeType }) {
    const v = id === undefined || Size === undefined ? undefined : await cx.find(volume, id);
    return v && storageLeft(cx, [{ type: VolumeType ?? v.type }]);
  },
  async run(tx, input, left) {
    const v = await tx.need(volume, input.VolumeId ?? missing('VolumeId'));
    checkAsked(input);
    if (v.state !== 'available' && v.state !== 'in-use')
      fail('IncorrectState', `The volume '${v.id}' is in the '${v.state}' state.`);
    const target = targetOf(v, input);
    needOffered(tx.here.driver.can, wantedOf(v, target, input));
    const began = beginnings(v, tx.now);
    const growth = target.sizeGiB - v.sizeGiB;
    refuseGrowthBeyond(left, target.sizeGiB, { type: target.type, sizeGiB: growth });
    await tx.take('volume-gib', growth);
    const modification = { state: 'modifying', original: traitsOf(v), target, began } as const;
    await tx.update<VolumeRow>(volume, v, { modification });
    await tx.start(modifyVolume, v.id, { id: v.id });
    return { VolumeModification: volumeModification.view({ ...v, modification }) };
  },
});

function wantedOf(v: VolumeRow, target: VolumeTraits, { VolumeType, Iops, Throughput }: ModifyVolumeRequest) {
  const saysHowFast = (VolumeType ?? Iops ?? Throughput) !== undefined;
  return {
    multiAttach: target.multiAttach && !v.multiAttach,
    otherType: target.type !== v.type,
    ...(saysHowFast && { performance: { type: target.type, iops: Iops, throughput: Throughput } }),
  };
}

function checkAsked({ Size, VolumeType, Iops, Throughput, MultiAttachEnabled }: ModifyVolumeRequest): void {
  if ([Size, VolumeType, Iops, Throughput, MultiAttachEnabled].every((asked) => asked === undefined))
    missing('Size, VolumeType, Iops, Throughput or MultiAttachEnabled');
}

/** When this modification and those of the last day began. Refuses it while there is one, and after too many. */
function beginnings({ id, modification }: VolumeRow, now: number): readonly number[] {
  if (modification?.state === 'modifying')
    fail('IncorrectModificationState', `Volume ${id} cannot be modified in modification state MODIFYING`);
  const lately = (modification?.began ?? []).filter((at) => at > now - dayMs);
  if (lately.length >= mostADay) {
    const next = new Date(lately.at(-mostADay)! + dayMs).toISOString();
    fail(
      'VolumeModificationRateExceeded',
      `You've reached the maximum modification rate per volume limit. The volume can be modified again at ${next}.`,
    );
  }
  return [...lately, now];
}

const traitsOf = ({ sizeGiB, type, iops, throughput, multiAttach }: VolumeRow): VolumeTraits => ({
  ...{ sizeGiB, type, multiAttach },
  ...(iops !== undefined && { iops }),
  ...(throughput !== undefined && { throughput }),
});
