import { DetachVolume$, type DetachVolumeRequest, type VolumeAttachment } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import type { Capabilities } from '../../../ports/capabilities.ts';
import { write } from '../../action/action.ts';
import { checkId } from '../../context/reading.ts';
import { instance } from '../../instance/instance.ts';
import type { InstanceRow } from '../../instance/row.ts';
import { moveAttachment } from '../attachments.ts';
import detachVolume from '../operations/detachVolume.ts';
import type { VolumeAttachmentRow, VolumeRow } from '../row.ts';
import { viewAttachment, volume } from '../volume.ts';

export default write<DetachVolumeRequest, VolumeAttachment>(DetachVolume$, {
  doc: 'Detaches a volume from an instance.',
  async run(tx, input) {
    const force = input.Force === true;
    const volumeId = input.VolumeId ?? missing('VolumeId');
    if (input.InstanceId !== undefined) checkId(instance, input.InstanceId);
    const v = await tx.need(volume, volumeId);
    if (input.InstanceId !== undefined) await tx.need(instance, input.InstanceId);
    if (v.attachments.length === 0) fail('IncorrectState', `Volume '${v.id}' is in the '${v.state}' state.`);
    const attachment = attachmentOf(v, input);
    const i = await tx.need(instance, attachment.instance);
    checkDetachable(tx.here.driver.can, v, i, attachment, force);
    const detaching = { ...attachment, state: 'detaching' } as const;
    await moveAttachment(tx, v, i, i.id, detaching.state);
    await tx.start(detachVolume, i.id, { volume: v.id, instance: i.id, device: attachment.device, force });
    return viewAttachment(v.id, detaching);
  },
});

/** The attachment that the request means; what it says of instance and device must agree with it. */
function attachmentOf(v: VolumeRow, { InstanceId, Device }: DetachVolumeRequest): VolumeAttachmentRow {
  if (InstanceId === undefined && v.multiAttach) missing('InstanceId');
  const found = v.attachments.find((a) => InstanceId === undefined || a.instance === InstanceId);
  if (found === undefined)
    return fail('InvalidAttachment.NotFound', `The volume '${v.id}' is not attached to instance '${InstanceId}'`);
  if (Device !== undefined && Device !== found.device) {
    fail(
      'InvalidAttachment.NotFound',
      `The volume '${v.id}' is not attached to instance '${found.instance}' as device '${Device}'`,
    );
  }
  return found;
}

function checkDetachable(
  can: Capabilities,
  v: VolumeRow,
  i: InstanceRow,
  attachment: VolumeAttachmentRow,
  force: boolean,
): void {
  if (attachment.state === 'detaching' && !force)
    fail('IncorrectState', `Volume '${v.id}' is in the 'detaching' state.`);
  if (i.state !== 'running' && i.state !== 'stopped' && i.state !== 'stopping') {
    fail('IncorrectState', `Instance '${i.id}' is in the '${i.state}' state.`);
  }
  if (attachment.device === i.rootDeviceName && i.state !== 'stopped') {
    fail('OperationNotPermitted', `Unable to detach root volume '${v.id}' from instance '${i.id}'`);
  }
  if (attachment.device === i.rootDeviceName && !can.detachRoot)
    fail('Unsupported', "This region's cloud does not take the root volume from an instance.");
}
