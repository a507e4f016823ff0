import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EC2, waitUntilInstanceRunning, waitUntilInstanceStopped } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { imageIn, makeImage, removeImage } from './support/glance.ts';
import { attach, clear, launch, marked, patience, shown, tinyImage, until } from './support/life.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo } = bed.users;
const [, qemu] = bed.zones.compute as [string, string];
const Placement = { AvailabilityZone: qemu };

let server: BedServer;
let openstack: Session;
let ec2: EC2;
/** Undoes what a test has made in OpenStack, the last first. */
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await BedServer.start(bed);
  openstack = await logIn(bed, demo);
  ec2 = server.ec2(demo.ec2);
});
afterEach(async () => {
  const mine = (await ec2.describeImages({ Owners: ['self'] })).Images ?? [];
  for (const { ImageId } of mine) await ec2.deregisterImage({ ImageId: ImageId! });
  await clear(ec2);
  for (const step of undo.splice(0).reverse()) await step();
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

const imageOf = async (ImageId: string) => (await ec2.describeImages({ ImageIds: [ImageId] })).Images![0]!;
const available = (ImageId: string) =>
  until(
    () => imageOf(ImageId),
    ({ State }) => State === 'available',
    400,
  );
const says = (InstanceId: string, words: RegExp) =>
  until(
    async () => Buffer.from((await ec2.getConsoleOutput({ InstanceId })).Output ?? '', 'base64').toString(),
    (text) => words.test(text),
    400,
  );
/** Puts the tests' mark on what others made, so that it is cleared with the rest. */
const mark = (Resources: string[]) => ec2.createTags({ Resources, Tags: marked('volume').TagSpecifications[0]!.Tags });

it('an image of a machine, running or stopped, has its own disk and a snapshot of its volume, and boots', async () => {
  const id = await launch(ec2, { ImageId: await tinyImage(ec2, bed), Placement });
  const { VolumeId } = await ec2.createVolume({ AvailabilityZone: qemu, Size: 1, ...marked('volume') });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  await says(id, /TINY ready/);
  await attach(ec2, { VolumeId: VolumeId!, InstanceId: id, Device: '/dev/vdb' });
  await says(id, /DISK \+ vdb/);

  const running = await ec2.createImage({ InstanceId: id, Name: 'of a running machine', NoReboot: true });
  const made = await available(running.ImageId!);
  expect(made).toMatchObject({
    ...{ Name: 'of a running machine', RootDeviceType: 'instance-store', SourceInstanceId: id },
    BlockDeviceMappings: [{ DeviceName: '/dev/vdb', Ebs: { VolumeSize: 1, DeleteOnTermination: false } }],
  });
  const SnapshotId = made.BlockDeviceMappings![0]!.Ebs!.SnapshotId!;
  expect((await ec2.describeSnapshots({ SnapshotIds: [SnapshotId] })).Snapshots).toMatchObject([
    { State: 'completed', VolumeId, VolumeSize: 1 },
  ]);

  const copy = await launch(ec2, { ImageId: running.ImageId!, Placement });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [copy] });
  await says(copy, /TINY ready/);
  await says(copy, /DISK \+ vdb/);
  const { BlockDeviceMappings } = await shown(ec2, copy);
  await mark(BlockDeviceMappings!.map(({ Ebs }) => Ebs!.VolumeId!));
  await mark([SnapshotId]);

  await ec2.stopInstances({ InstanceIds: [id] });
  await waitUntilInstanceStopped(patience(ec2), { InstanceIds: [id] });
  const stopped = await ec2.createImage({
    ...{ InstanceId: id, Name: 'of a stopped machine' },
    BlockDeviceMappings: [{ DeviceName: '/dev/vdb', NoDevice: '' }],
  });
  expect((await available(stopped.ImageId!)).BlockDeviceMappings ?? []).toEqual([]);
  expect((await ec2.describeImages({ Owners: ['self'] })).Images).toHaveLength(2);
});

/** Kernel and ramdisk of the bed's image: it boots with SYSLINUX from a FAT file system in its first partition. */
async function bootFiles(): Promise<readonly [kernel: Uint8Array<ArrayBuffer>, ramdisk: Uint8Array<ArrayBuffer>]> {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-boot-'));
  try {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('disk.qcow2'), await openstack.download('image', `/v2/images/${bed.image.id}/file`));
    execFileSync('qemu-img', ['convert', '-O', 'raw', at('disk.qcow2'), at('disk.raw')]);
    for (const name of ['vmlinuz', 'initrd.gz'])
      execFileSync('mcopy', ['-i', `${at('disk.raw')}@@1M`, `::${name}`, at(name)]);
    return [new Uint8Array(readFileSync(at('vmlinuz'))), new Uint8Array(readFileSync(at('initrd.gz')))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('a machine really boots with the kernel and the ramdisk of its image', async () => {
  const [kernel, ramdisk] = await bootFiles();
  // The formats aki, ari and ami are refused by the bed's Nova, which compares them with the content (bed/FACTS.md).
  const upload = async (name: string, bytes: Uint8Array<ArrayBuffer>, more: Readonly<Record<string, unknown>> = {}) => {
    const { id } = await makeImage(openstack, name, more, bytes);
    undo.push(() => removeImage(openstack, id));
    return id;
  };
  const kernel_id = await upload('boot kernel', kernel);
  const ramdisk_id = await upload('boot ramdisk', ramdisk);
  const more = { kernel_id, ramdisk_id, os_command_line: 'console=ttyS0' };
  // Nothing on its disk boots.
  await upload('boot machine', new Uint8Array(1_048_576), more);
  const Filters = [{ Name: 'name', Values: ['boot machine'] }];
  const [image] = await until(
    async () => (await ec2.describeImages({ Filters })).Images ?? [],
    (images) => images.length > 0,
  );
  const id = await launch(ec2, { ImageId: image!.ImageId!, Placement });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  await says(id, /TINY ready/);
  expect(await shown(ec2, id)).toMatchObject({ KernelId: image!.KernelId, RamdiskId: image!.RamdiskId });
});

interface Named {
  readonly id: string;
  readonly status: string;
}

/** Deletes something of Nova or Cinder, and waits until it is gone. */
async function removed(service: 'compute' | 'volumev3', path: string): Promise<void> {
  await openstack.ask(service, path, { method: 'DELETE' });
  await until(
    async () => (await openstack.ask(service, path)).status,
    (status) => status === 404,
  );
}

/** A server that boots from a volume, made by OpenStack's own APIs as its users do. */
async function volumeBackedServer(): Promise<string> {
  const asked = { volume: { name: 'boots', size: 1, imageRef: bed.image.id } };
  const { body } = await openstack.ask<{ volume: Named }>('volumev3', '/volumes', { method: 'POST', body: asked });
  const volume = `/volumes/${body.volume.id}`;
  undo.push(() => removed('volumev3', volume));
  await until(
    async () => (await openstack.ask<{ volume: Named }>('volumev3', volume)).body.volume.status,
    (status) => status === 'available',
    300,
  );
  const disk = { boot_index: 0, uuid: body.volume.id, source_type: 'volume', destination_type: 'volume' };
  const server = {
    ...{ name: 'boots', flavorRef: bed.flavors[0]!.id, availability_zone: qemu, block_device_mapping_v2: [disk] },
    networks: [{ uuid: bed.networks.demo.id }],
  };
  const made = await openstack.ask<{ server: Named }>('compute', '/servers', { method: 'POST', body: { server } });
  const path = `/servers/${made.body.server.id}`;
  undo.push(() => removed('compute', path));
  await until(
    async () => (await openstack.ask<{ server: Named }>('compute', path)).body.server.status,
    (status) => status === 'ACTIVE',
    300,
  );
  return made.body.server.id;
}

/** Images in Glance of this name. */
async function imagesNamed(name: string) {
  type Images = { readonly images: readonly { readonly id: string; readonly block_device_mapping?: string }[] };
  return (await openstack.ask<Images>('image', `/v2/images?name=${name}`)).body.images;
}

/** Cinder's ids of the snapshots that an image in Glance names. */
async function snapshotsOf(name: string): Promise<readonly string[]> {
  const [image] = await imagesNamed(name);
  const mapping = JSON.parse(image!.block_device_mapping!) as readonly { readonly snapshot_id: string }[];
  return mapping.map(({ snapshot_id: id }) => id);
}

/** `openstack server image create` of a server with volumes: snapshots, and an image that names them. */
async function imageOfServer(id: string): Promise<string> {
  const body = { createImage: { name: 'of a volume-backed server' } };
  await openstack.ask('compute', `/servers/${id}/action`, { method: 'POST', body });
  const Filters = [{ Name: 'name', Values: ['of a volume-backed server'] }];
  const found = await until(
    async () => (await ec2.describeImages({ Filters })).Images ?? [],
    ([image]) => image?.State === 'available',
    300,
  );
  for (const snapshot of await snapshotsOf('of a volume-backed server'))
    undo.push(() => removed('volumev3', `/snapshots/${snapshot}`));
  return found[0]!.ImageId!;
}

it('an image of a volume-backed server boots from a volume of its snapshot', async () => {
  const ImageId = await imageOfServer(await volumeBackedServer());
  const image = await imageOf(ImageId);
  expect(image).toMatchObject({
    ...{ RootDeviceType: 'ebs', RootDeviceName: '/dev/vda', Public: false },
    BlockDeviceMappings: [{ DeviceName: '/dev/vda', Ebs: { VolumeSize: 1 } }],
  });
  const root = { DeviceName: '/dev/vda', Ebs: { DeleteOnTermination: true } };
  const more = { DeviceName: '/dev/vdb', Ebs: { VolumeSize: 1, DeleteOnTermination: true } };
  const id = await launch(ec2, { ImageId, Placement, BlockDeviceMappings: [root, more] });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  const instance = await shown(ec2, id);
  expect(instance).toMatchObject({ ImageId, RootDeviceType: 'ebs', RootDeviceName: '/dev/vda' });
  expect(instance.BlockDeviceMappings?.map(({ DeviceName }) => DeviceName).sort()).toEqual(['/dev/vda', '/dev/vdb']);
  await says(id, /TINY ready/);
  const VolumeIds = instance.BlockDeviceMappings!.map(({ Ebs }) => Ebs!.VolumeId!);
  await ec2.terminateInstances({ InstanceIds: [id] });
  await until(
    async () => (await ec2.describeVolumes({ Filters: [{ Name: 'volume-id', Values: VolumeIds }] })).Volumes ?? [],
    (volumes) => volumes.length === 0,
    300,
  );
  const [native] = await imagesNamed('of a volume-backed server');
  await ec2.deregisterImage({ ImageId });
  await until(
    () => imageIn(openstack, native!.id),
    (found) => found === undefined,
  );
});
