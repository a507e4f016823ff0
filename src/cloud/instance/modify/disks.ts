import type { InstanceBlockDeviceMappingSpecification } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import type { Writing } from '../../context/writing.ts';
import { volume } from '../../volume/volume.ts';
import type { InstanceRow } from '../row.ts';

/** Whether volumes are deleted with the instance: the only thing about devices that this action changes. */
export async function changeDisks(
  tx: Writing,
  row: InstanceRow,
  asked: readonly InstanceBlockDeviceMappingSpecification[],
): Promise<Partial<InstanceRow>> {
  let { blockDevices } = row;
  for (const { DeviceName, Ebs, NoDevice, VirtualName } of asked) {
    const device = DeviceName ?? missing('BlockDeviceMapping.DeviceName');
    if (NoDevice !== undefined || VirtualName)
      invalid(device, 'blockDeviceMapping', 'Only DeleteOnTermination can be modified.');
    const wanted = Ebs?.DeleteOnTermination ?? missing('BlockDeviceMapping.Ebs.DeleteOnTermination');
    const found = blockDevices.find((d) => d.device === device);
    if (found === undefined) return fail('InvalidInstanceAttributeValue', `No device is currently mapped at ${device}`);
    if (Ebs?.VolumeId && Ebs.VolumeId !== found.volume)
      invalid(Ebs.VolumeId, 'volumeId', `The volume at ${device} is ${found.volume}.`);
    blockDevices = blockDevices.map((d) => (d === found ? { ...d, deleteOnTermination: wanted } : d));
    const disk = await tx.need(volume, found.volume);
    const attachments = disk.attachments.map((a) =>
      a.instance === row.id ? { ...a, deleteOnTermination: wanted } : a,
    );
    await tx.update(volume, disk, { attachments });
  }
  return { blockDevices };
}
