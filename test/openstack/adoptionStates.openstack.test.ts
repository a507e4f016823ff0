import {
  type EC2,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { makeImage, removeImage } from './support/glance.ts';
import { clear, patience, tinyImage } from './support/life.ts';
import { looks, statusIn, tagsOf } from './support/looks.ts';
import { type Others, others } from './support/others.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo } = bed.users;
const [, qemu] = bed.zones.compute as [string, string];
const [tiny, small, medium] = bed.flavors.map(({ name }) => name) as [string, string, string];
const flavorOf = (name: string) => bed.flavors.find((one) => one.name === name)!.id;

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let they: Others;
let image: string;

beforeAll(async () => {
  server = await BedServer.start(bed);
  openstack = await logIn(bed, demo);
  ec2 = server.ec2(demo.ec2);
  they = others(openstack, bed, bed.networks.demo.id);
  image = await tinyImage(ec2, bed);
});
afterAll(async () => {
  await clear(ec2);
  await they.clear();
  expect(await server.stop()).toBe(0);
});

const { shown, named, volumeOf } = looks(() => server);

const statusOf = (native: string) => statusIn(openstack, 'server', native);
const look = async (id: string) => {
  const { State, InstanceType } = await shown(ec2, id);
  return [State?.Name, InstanceType];
};
async function theirs(name: string, more: object = {}): Promise<{ native: string; id: string }> {
  const native = await they.server({ name, ...more });
  return { native, id: (await named(ec2, name))[0]!.InstanceId! };
}
const started = async (id: string) => {
  await ec2.startInstances({ InstanceIds: [id] });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
};
const stopped = async (id: string) => {
  await ec2.stopInstances({ InstanceIds: [id] });
  await waitUntilInstanceStopped(patience(ec2), { InstanceIds: [id] });
};
const terminated = async ({ native, id }: { native: string; id: string }) => {
  await ec2.terminateInstances({ InstanceIds: [id] });
  await waitUntilInstanceTerminated(patience(ec2), { InstanceIds: [id] });
  expect(await statusOf(native)).toBeUndefined();
};

describe('a server that others', () => {
  it('resize shows its type at the next call, and obeys, confirmed or not', async () => {
    const one = await theirs('resized');
    expect(await look(one.id)).toEqual(['running', tiny]);
    await they.act(one.native, { resize: { flavorRef: flavorOf(small) } }, 'VERIFY_RESIZE');
    expect(await look(one.id)).toEqual(['running', small]);
    await stopped(one.id);
    expect(await statusOf(one.native)).toBe('SHUTOFF');
    await they.act(one.native, { resize: { flavorRef: flavorOf(medium) } }, 'VERIFY_RESIZE');
    expect(await look(one.id)).toEqual(['stopped', medium]);
    await started(one.id);
    expect([await statusOf(one.native), await look(one.id)]).toEqual(['ACTIVE', ['running', medium]]);
    await they.act(one.native, { resize: { flavorRef: flavorOf(small) } }, 'VERIFY_RESIZE');
    expect(await look(one.id)).toEqual(['running', small]);
    await they.act(one.native, { revertResize: null }, 'ACTIVE');
    expect(await look(one.id)).toEqual(['running', medium]);
    await they.act(one.native, { resize: { flavorRef: flavorOf(small) } }, 'VERIFY_RESIZE');
    await terminated(one);
  });

  it('shelve is stopped; a start unshelves it, and it can be terminated in the shelf', async () => {
    const one = await theirs('shelved', { availability_zone: qemu });
    await they.act(one.native, { shelve: null }, 'SHELVED_OFFLOADED');
    expect(await look(one.id)).toEqual(['stopped', tiny]);
    await started(one.id);
    expect(await statusOf(one.native)).toBe('ACTIVE');
    expect((await shown(ec2, one.id)).Placement?.AvailabilityZone).toBe(qemu);
    await they.act(one.native, { shelve: null }, 'SHELVED_OFFLOADED');
    expect(await look(one.id)).toEqual(['stopped', tiny]);
    await they.act(one.native, { unshelve: null }, 'ACTIVE');
    expect(await look(one.id)).toEqual(['running', tiny]);
    await they.act(one.native, { shelve: null }, 'SHELVED_OFFLOADED');
    await terminated(one);
  });

  it('pause or suspend reboots and ends as EC2 says', async () => {
    const one = await theirs('paused');
    await they.act(one.native, { pause: null }, 'PAUSED');
    expect(await look(one.id)).toEqual(['running', tiny]);
    await ec2.rebootInstances({ InstanceIds: [one.id] });
    await expect.poll(() => statusOf(one.native), { timeout: 60_000, interval: 500 }).toBe('ACTIVE');
    await they.act(one.native, { pause: null }, 'PAUSED');
    await terminated(one);
    const two = await theirs('suspended');
    await they.act(two.native, { suspend: null }, 'SUSPENDED');
    expect(await look(two.id)).toEqual(['stopped', tiny]);
    await terminated(two);
  });

  it('rescue, or that failed, is rebooted and started', async () => {
    const one = await theirs('broken');
    const becomes = (status: string) =>
      expect.poll(() => statusOf(one.native), { timeout: 60_000, interval: 500 }).toBe(status);
    await they.act(one.native, { rescue: null }, 'RESCUE');
    expect(await look(one.id)).toEqual(['running', tiny]);
    await ec2.rebootInstances({ InstanceIds: [one.id] });
    await becomes('ACTIVE');
    const administrator = await logIn(bed, bed.users.admin);
    const fail = () =>
      administrator.ask('compute', `/servers/${one.native}/action`, {
        method: 'POST',
        body: { 'os-resetState': { state: 'error' } },
      });
    await fail();
    expect(await look(one.id)).toEqual(['running', tiny]);
    await ec2.rebootInstances({ InstanceIds: [one.id] });
    await becomes('ACTIVE');
    await stopped(one.id);
    await fail();
    expect(await look(one.id)).toEqual(['stopped', tiny]);
    await started(one.id);
    await becomes('ACTIVE');
    await terminated(one);
  });

  it('boot from a volume has it as its root device, which goes or stays as they said', async () => {
    const disk = (boot_index: number, delete_on_termination: boolean) => ({
      ...{ boot_index, delete_on_termination, destination_type: 'volume', volume_size: 1 },
      ...(boot_index === 0 ? { source_type: 'image', uuid: bed.image.id } : { source_type: 'blank' }),
    });
    const one = await theirs('booted', {
      imageRef: '',
      block_device_mapping_v2: [disk(0, true), disk(1, false)],
      availability_zone: qemu,
    });
    const seen = await shown(ec2, one.id);
    expect(seen).toMatchObject({ RootDeviceType: 'ebs', RootDeviceName: '/dev/vda', State: { Name: 'running' } });
    expect(seen.BlockDeviceMappings).toMatchObject([
      { DeviceName: '/dev/vda', Ebs: { DeleteOnTermination: true, Status: 'attached' } },
      { DeviceName: '/dev/vdb', Ebs: { DeleteOnTermination: false, Status: 'attached' } },
    ]);
    const [root, data] = seen.BlockDeviceMappings!.map(({ Ebs }) => Ebs!.VolumeId!) as [string, string];
    expect(await volumeOf(ec2, root)).toMatchObject({ State: 'in-use', Attachments: [{ InstanceId: one.id }] });
    await stopped(one.id);
    await started(one.id);
    await terminated(one);
    expect(await volumeOf(ec2, data)).toMatchObject({ State: 'available', Attachments: [] });
    const { Volumes } = await ec2.describeVolumes({ Filters: [{ Name: 'volume-id', Values: [root] }] });
    expect(Volumes).toEqual([]);
    await ec2.deleteVolume({ VolumeId: data });
  });

  it('rebuild from another image and rename shows both', async () => {
    const one = await theirs('rebuilt');
    expect((await shown(ec2, one.id)).ImageId).toBe(image);
    const name = `rebuilt-${Date.now()}`;
    const { id: picture } = await makeImage(openstack, name);
    const { Images } = await ec2.describeImages({ Owners: ['self'], Filters: [{ Name: 'name', Values: [name] }] });
    const own = Images![0]!.ImageId!;
    await they.act(one.native, { rebuild: { imageRef: picture, name: 'renamed' } }, 'ACTIVE');
    const seen = await shown(ec2, one.id);
    expect([seen.ImageId, tagsOf(seen.Tags).Name]).toEqual([own, 'renamed']);
    await terminated(one);
    await removeImage(openstack, picture);
  });
});
