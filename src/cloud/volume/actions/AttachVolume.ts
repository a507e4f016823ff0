import { AttachVolume$, type AttachVolumeRequest, type VolumeAttachment } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Reading } from '../../context/reading.ts';
import { instance } from '../../instance/instance.ts';
import type { InstanceRow } from '../../instance/row.ts';
import { beginAttachment } from '../attachments.ts';
import { checkDeviceName } from '../device.ts';
import attachVolume from '../operations/attachVolume.ts';
import type { VolumeRow } from '../row.ts';
import { viewAttachment, volume } from '../volume.ts';

/** EBS user guide, "Amazon EBS Multi-Attach": instances that one volume can be attached to. */
const multiAttachLimit = 16;

export default write<AttachVolumeRequest, VolumeAttachment>(AttachVolume$, {
  doc: 'Attaches a volume to a running or stopped instance in the same zone.',
  async run(tx, input) {
    const device = input.Device ?? missing('Device');
    const instanceId = input.InstanceId ?? missing('InstanceId');
    const volumeId = input.VolumeId ?? missing('VolumeId');
    const v = await tx.need(volume, volumeId);
    const i = await tx.need(instance, instanceId);
    checkDeviceName(device, i.virtualization, tx.here.driver.can);
    checkInstance(i);
    if (v.zone !== i.zone && !v.anyZone) {
      fail(
        'InvalidVolume.ZoneMismatch',
        `The volume '${v.id}' is not in the same availability zone as instance '${i.id}'`,
      );
    }
    checkVolume(v, i);
    if (i.blockDevices.some((b) => b.device === device)) {
      fail(
        'InvalidParameterValue',
        `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
      );
    }
    checkType(tx, v, i, input.EbsCardIndex);
    const attachment = await beginAttachment(tx, v, i, device);
    await tx.start(attachVolume, i.id, { volume: v.id, instance: i.id, device });
    return viewAttachment(v.id, attachment);
  },
});

function checkInstance(i: InstanceRow): void {
  if (i.state !== 'running' && i.state !== 'stopped') fail('IncorrectState', `Instance '${i.id}' is not 'running'.`);
}

function checkVolume(v: VolumeRow, i: InstanceRow): void {
  if (v.state !== 'available' && v.state !== 'in-use') fail('IncorrectState', `${v.id} is not 'available'.`);
  if (v.modification?.state === 'modifying')
    fail('OperationNotPermitted', `Cannot attach volume ${v.id} when it is in modification state: MODIFYING`);
  if (v.attachments.length === 0) return;
  if (!v.multiAttach || v.attachments.some((a) => a.instance === i.id)) {
    fail('VolumeInUse', `${v.id} is already attached to an instance`);
  }
  if (v.attachments.length >= multiAttachLimit) {
    fail(
      'AttachmentLimitExceeded',
      `The volume ${v.id} is attached to ${multiAttachLimit} instances, the most that a Multi-Attach volume can have.`,
    );
  }
}

/** What the instance type can take: encryption, cards, and how many volumes. */
function checkType(cx: Reading, v: VolumeRow, i: InstanceRow, card: number | undefined): void {
  const facts = cx.here.driver.catalogue.instanceType(i.instanceType, cx.account)?.EbsInfo;
  if (card !== undefined && (card < 0 || card >= (facts?.MaximumEbsCards ?? 1))) {
    invalid(card, 'EbsCardIndex', `The instance type ${i.instanceType} has no such EBS card.`);
  }
  if (v.encrypted && facts?.EncryptionSupport === 'unsupported') {
    fail(
      'EncryptedVolumesNotSupported',
      `Encrypted volumes cannot be attached to instances of type ${i.instanceType}.`,
    );
  }
  const limit = facts?.MaximumEbsAttachments;
  const used = i.blockDevices.length + (facts?.AttachmentLimitType === 'shared' ? i.interfaces.length : 0);
  if (limit !== undefined && used >= limit) {
    fail(
      'AttachmentLimitExceeded',
      `The instance ${i.id} of type ${i.instanceType} has reached its attachment limit of ${limit}.`,
    );
  }
}
