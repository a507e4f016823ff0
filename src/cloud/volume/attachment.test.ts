import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../test/support/world.ts';
import type { Driver } from '../../ports/driver.ts';
import { instanceOf, running, setState, stopped } from './machine.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

async function volumeId(input: object = {}, options = {}): Promise<string> {
  const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 4, ...input }, options);
  await w.settle();
  return VolumeId;
}
const seen = async (id: string) => (await w.call('DescribeVolumes', { VolumeIds: [id] })).Volumes[0];
const devices = async (id: string) =>
  (await instanceOf(w, id)).BlockDeviceMappings.map((b: { DeviceName: string; Ebs: { Status: string } }) => [
    b.DeviceName,
    b.Ebs.Status,
  ]);
const attach = (VolumeId: string, InstanceId: string, Device = '/dev/sdf', rest: object = {}) =>
  w.call('AttachVolume', { VolumeId, InstanceId, Device, ...rest });
const detach = (VolumeId: string, rest: object = {}) => w.call('DetachVolume', { VolumeId, ...rest });

describe('AttachVolume', () => {
  test('shows the attachment with the volume and with the instance, at once and when it is over', async () => {
    const { InstanceId, RootDeviceName } = await running(w);
    const id = await volumeId();
    await expectRefusal(attach(id, InstanceId, '/dev/sdf', { DryRun: true }), 'DryRunOperation');
    expect(await seen(id)).toMatchObject({ State: 'available', Attachments: [] });
    const answer = await attach(id, InstanceId);
    expect(answer).toMatchObject({
      VolumeId: id,
      InstanceId,
      Device: '/dev/sdf',
      State: 'attaching',
      DeleteOnTermination: false,
    });
    expect(await seen(id)).toMatchObject({ State: 'in-use', Attachments: [{ InstanceId, State: 'attaching' }] });
    expect(await devices(InstanceId)).toEqual([
      [RootDeviceName, 'attached'],
      ['/dev/sdf', 'attaching'],
    ]);
    await w.settle();
    expect(await seen(id)).toMatchObject({
      State: 'in-use',
      Attachments: [{ InstanceId, Device: '/dev/sdf', State: 'attached' }],
    });
    expect(await devices(InstanceId)).toEqual([
      [RootDeviceName, 'attached'],
      ['/dev/sdf', 'attached'],
    ]);
    expect(
      (
        await w.call('DescribeVolumes', {
          Filters: [
            { Name: 'attachment.instance-id', Values: [InstanceId] },
            { Name: 'attachment.device', Values: ['/dev/sdf'] },
          ],
        })
      ).Volumes,
    ).toHaveLength(1);
    await expectRefusal(w.call('DeleteVolume', { VolumeId: id }), 'VolumeInUse', new RegExp(InstanceId));
  });

  test('works for a stopped instance', async () => {
    const { InstanceId } = await stopped(w);
    const id = await volumeId();
    await attach(id, InstanceId);
    await w.settle();
    expect(await seen(id)).toMatchObject({ Attachments: [{ State: 'attached' }] });
  });

  test('refuses parameters that are missing, malformed, unknown or another account’s', async () => {
    const { InstanceId } = await running(w);
    const id = await volumeId();
    await expectRefusal(w.call('AttachVolume', { VolumeId: id, InstanceId }), 'MissingParameter', /Device/);
    await expectRefusal(w.call('AttachVolume', { VolumeId: id, Device: '/dev/sdf' }), 'MissingParameter', /InstanceId/);
    await expectRefusal(w.call('AttachVolume', { InstanceId, Device: '/dev/sdf' }), 'MissingParameter', /VolumeId/);
    await expectRefusal(attach('vol-x', InstanceId), 'InvalidVolumeID.Malformed');
    await expectRefusal(attach('vol-0123456789abcdef0', InstanceId), 'InvalidVolume.NotFound');
    await expectRefusal(attach(id, 'i-x'), 'InvalidInstanceID.Malformed');
    await expectRefusal(attach(id, 'i-0123456789abcdef0'), 'InvalidInstanceID.NotFound');
    const other = { account: otherAccount };
    const foreign = await volumeId({}, other);
    await expectRefusal(attach(foreign, InstanceId), 'InvalidVolume.NotFound');
    await expectRefusal(
      w.call('AttachVolume', { VolumeId: foreign, InstanceId, Device: '/dev/sdf' }, other),
      'InvalidInstanceID.NotFound',
    );
    expect(await devices(InstanceId)).toHaveLength(1);
  });

  test.each(['sdf1x', '/dev/sd', '/dev/sdf0', '/dev/sdf16', '/dev/xvdaaa', '/dev/hda', 'C:', '/dev/nvme1n1'])(
    'refuses the device %s',
    async (device) => {
      const { InstanceId } = await running(w);
      await expectRefusal(
        attach(await volumeId(), InstanceId, device),
        'InvalidParameterValue',
        /is not a valid EBS device name/,
      );
    },
  );

  test.each(['/dev/sdf15', '/dev/xvdba', 'xvdf'])('takes the device %s', async (device) => {
    const { InstanceId } = await running(w);
    expect(await attach(await volumeId(), InstanceId, device)).toMatchObject({ Device: device });
  });

  test('takes the names of virtio disks, but for the root’s, where the cloud’s guests have them', async () => {
    const wrap = (driver: Driver): Driver => ({ ...driver, can: { ...driver.can, virtioNames: true } });
    const code = 'InvalidParameterValue';
    const plain = await running(w);
    await expectRefusal(attach(await volumeId(), plain.InstanceId, '/dev/vdb'), code, /not a valid EBS device name/);
    await w.close();
    w = await testWorld({ wrap });
    const { InstanceId } = await running(w);
    expect(await attach(await volumeId(), InstanceId, '/dev/vdb')).toMatchObject({ Device: '/dev/vdb' });
    await expectRefusal(attach(await volumeId(), InstanceId, '/dev/vda'), code, /not a valid EBS device name/);
    await w.settle();
    expect(await devices(InstanceId)).toContainEqual(['/dev/vdb', 'attached']);
  });

  test('refuses a device in use, another zone, a volume that is not free, an instance that is not there to stay', async () => {
    const { InstanceId } = await running(w);
    const [first, second] = [await volumeId(), await volumeId()];
    await attach(first, InstanceId);
    await expectRefusal(
      attach(second, InstanceId),
      'InvalidParameterValue',
      /^Invalid value '\/dev\/sdf' for unixDevice\. Attachment point \/dev\/sdf is already in use$/,
    );
    await expectRefusal(attach(first, InstanceId, '/dev/sdg'), 'VolumeInUse', /is already attached to an instance/);
    const far = await volumeId({ AvailabilityZone: 'us-east-1b' });
    await expectRefusal(
      attach(far, InstanceId, '/dev/sdg'),
      'InvalidVolume.ZoneMismatch',
      /is not in the same availability zone as instance/,
    );
    const { VolumeId: making } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    await expectRefusal(attach(making, InstanceId, '/dev/sdg'), 'IncorrectState', /is not 'available'/);
    await w.settle();
    await setState(w, InstanceId, 'stopping');
    await expectRefusal(attach(second, InstanceId, '/dev/sdg'), 'IncorrectState', /is not 'running'/);
  });

  test('a Multi-Attach volume goes to several instances, once each', async () => {
    const [one, two] = [await running(w), await running(w)];
    const id = await volumeId({ VolumeType: 'io2', Iops: 100, MultiAttachEnabled: true });
    await attach(id, one.InstanceId);
    await attach(id, two.InstanceId);
    await w.settle();
    expect((await seen(id)).Attachments).toMatchObject([
      { InstanceId: one.InstanceId, State: 'attached' },
      { InstanceId: two.InstanceId, State: 'attached' },
    ]);
    await expectRefusal(attach(id, one.InstanceId, '/dev/sdg'), 'VolumeInUse');
    await expectRefusal(detach(id), 'MissingParameter', /InstanceId/);
    await detach(id, { InstanceId: one.InstanceId });
    await w.settle();
    expect(await seen(id)).toMatchObject({ State: 'in-use', Attachments: [{ InstanceId: two.InstanceId }] });
    await detach(id, { InstanceId: two.InstanceId });
    await w.settle();
    expect(await seen(id)).toMatchObject({ State: 'available', Attachments: [] });
  });

  test('stops at the limit of the instance type', async () => {
    const { InstanceId } = await running(w);
    const { EbsInfo } = w.driver.catalogue.instanceType('t3.micro', '000000000000')!;
    const [limit, shared] = [EbsInfo!.MaximumEbsAttachments!, EbsInfo!.AttachmentLimitType === 'shared'];
    // The root volume counts, and, where the limit is shared, the network interface.
    const free = limit - 1 - (shared ? 1 : 0);
    for (let i = 0; i < free; i++)
      await attach(await volumeId(), InstanceId, `/dev/xvdb${String.fromCharCode(97 + i)}`);
    await expectRefusal(
      attach(await volumeId(), InstanceId, '/dev/sdz'),
      'AttachmentLimitExceeded',
      new RegExp(String(limit)),
    );
  });

  test('when the cloud refuses, the volume is free again and the instance does not show it', async () => {
    await w.close();
    w = await testWorld({ simulator: { failures: [{ verb: 'compute.attach', trouble: 'unsupported' }] } });
    const { InstanceId } = await running(w);
    const id = await volumeId();
    await attach(id, InstanceId);
    await w.settle();
    expect(await seen(id)).toMatchObject({ State: 'available', Attachments: [] });
    expect(await devices(InstanceId)).toHaveLength(1);
  });
});

describe('DetachVolume', () => {
  test('frees the volume, once the cloud has', async () => {
    const { InstanceId } = await running(w);
    const id = await volumeId();
    await expectRefusal(detach(id), 'IncorrectState', /is in the 'available' state/);
    await attach(id, InstanceId);
    await w.settle();
    await expectRefusal(detach(id, { DryRun: true }), 'DryRunOperation');
    expect(await detach(id, { InstanceId, Device: '/dev/sdf' })).toMatchObject({
      VolumeId: id,
      State: 'detaching',
      Device: '/dev/sdf',
    });
    expect(await seen(id)).toMatchObject({ State: 'in-use', Attachments: [{ State: 'detaching' }] });
    await expectRefusal(detach(id), 'IncorrectState', /detaching/);
    expect(await detach(id, { Force: true })).toMatchObject({ State: 'detaching' });
    await w.settle();
    expect(await seen(id)).toMatchObject({ State: 'available', Attachments: [] });
    expect(await devices(InstanceId)).toHaveLength(1);
    await attach(id, InstanceId);
    await w.settle();
    expect(await seen(id)).toMatchObject({ Attachments: [{ State: 'attached' }] });
  });

  test('while it is still being attached, both ends are told in turn', async () => {
    const { InstanceId } = await running(w);
    const id = await volumeId();
    await attach(id, InstanceId);
    await detach(id);
    await w.settle();
    expect(await seen(id)).toMatchObject({ State: 'available', Attachments: [] });
    expect(await devices(InstanceId)).toHaveLength(1);
  });

  test('instance and device must agree with the attachment', async () => {
    const { InstanceId } = await running(w);
    const other = await running(w);
    const id = await volumeId();
    await attach(id, InstanceId);
    await w.settle();
    await expectRefusal(
      detach(id, { InstanceId: other.InstanceId }),
      'InvalidAttachment.NotFound',
      new RegExp(other.InstanceId),
    );
    await expectRefusal(detach(id, { Device: '/dev/sdg' }), 'InvalidAttachment.NotFound', /\/dev\/sdg/);
    await expectRefusal(detach(id, { InstanceId: 'i-1' }), 'InvalidInstanceID.Malformed');
    await expectRefusal(detach(id, { InstanceId: 'i-0123456789abcdef0' }), 'InvalidInstanceID.NotFound');
    await expectRefusal(w.call('DetachVolume', {}), 'MissingParameter', /VolumeId/);
    await expectRefusal(w.call('DetachVolume', { VolumeId: id }, { account: otherAccount }), 'InvalidVolume.NotFound');
    expect(await seen(id)).toMatchObject({ Attachments: [{ State: 'attached' }] });
  });

  test('takes the root volume only of a stopped instance', async () => {
    const { InstanceId, BlockDeviceMappings } = await running(w);
    const root = BlockDeviceMappings[0]!.Ebs.VolumeId;
    await expectRefusal(detach(root), 'OperationNotPermitted', /Unable to detach root volume/);
    await setState(w, InstanceId, 'stopped');
    await detach(root);
    await w.settle();
    expect(await seen(root)).toMatchObject({ State: 'available' });
    expect(await devices(InstanceId)).toEqual([]);
  });

  test('takes no root volume where the cloud does not, and leaves it attached', async () => {
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, detachRoot: false } }) });
    const { InstanceId, BlockDeviceMappings } = await running(w);
    const root = BlockDeviceMappings[0]!.Ebs.VolumeId;
    await expectRefusal(detach(root), 'OperationNotPermitted', /Unable to detach root volume/);
    await setState(w, InstanceId, 'stopped');
    await expectRefusal(detach(root), 'Unsupported', /root volume/);
    expect(await seen(root)).toMatchObject({ State: 'in-use', Attachments: [{ State: 'attached' }] });
  });

  test('what the cloud will not give back is busy, and can be forced later', async () => {
    await w.close();
    w = await testWorld({ simulator: { failures: [{ verb: 'compute.detach', trouble: 'denied', times: 1 }] } });
    const { InstanceId } = await running(w);
    const id = await volumeId();
    await attach(id, InstanceId);
    await w.settle();
    await detach(id);
    await w.settle();
    expect(await seen(id)).toMatchObject({ State: 'in-use', Attachments: [{ State: 'busy' }] });
    expect((await devices(InstanceId))[1]).toEqual(['/dev/sdf', 'attached']);
    await detach(id, { Force: true });
    await w.settle();
    expect(await seen(id)).toMatchObject({ State: 'available' });
  });

  test('a terminated instance lets go of the volume', async () => {
    const { InstanceId } = await running(w);
    const id = await volumeId();
    await attach(id, InstanceId);
    await w.call('TerminateInstances', { InstanceIds: [InstanceId] });
    await w.settle();
    expect(await seen(id)).toMatchObject({ State: 'available', Attachments: [] });
  });
});
