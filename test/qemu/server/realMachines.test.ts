import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kill } from '../../../src/drivers/qemu/machines/processes.ts';
import { elsewhere } from '../../serve/program.ts';
import { RealServer, region, until } from '../support/server.ts';

const server = new RealServer();
let image: string;
let id: string;

beforeAll(async () => {
  image = server.importedGuest();
  await server.start();
});
afterAll(() => server.close());

const instance = () => server.instance(id);
const inState = (state: string) => server.inState(id, state);
const says = (words: RegExp) => server.says(id, words);
const consoleText = () => server.consoleText(id);

/** The first bytes of the disk that comes with the type, which is behind the root volume. */
const onOwnDisk = () => server.run(id, 'cat /sys/block/vdb/serial; head -c 4 /dev/vdb | tr "\\0" .');

it('boots the image that was imported, as EC2’s default type, whose own disk is there and empty', async () => {
  id = await server.launch({ ImageId: image, InstanceType: undefined });
  await inState('running');
  await says(new RegExp(`guest: up ${id} m1.small 1 cpus[\\s\\S]*guest: ready`));
  expect(await server.pids()).toHaveLength(1);
  expect(await onOwnDisk()).toBe('ephemeral0....');
  expect(await server.run(id, 'printf kept | dd of=/dev/vdb conv=fsync 2> /dev/null; head -c 4 /dev/vdb')).toBe('kept');
  expect((await instance()).BlockDeviceMappings).toHaveLength(1);
});

it('has its metadata at the port of the APIs, too, and tells the guest of its own disk and its UUID', async () => {
  const at = `http://127.0.0.1:${server.program.port}/_elsewhere/metadata/${id}`;
  const TOKEN = 'X-aws-ec2-metadata-token';
  const asked = { method: 'PUT', headers: { [`${TOKEN}-ttl-seconds`]: '60' } };
  const token = await (await fetch(`${at}/latest/api/token`, asked)).text();
  const read = async (path: string) => (await fetch(at + path, { headers: { [TOKEN]: token } })).text();
  expect(await read('/latest/meta-data/instance-id')).toBe(id);
  expect(await read('/latest/meta-data/local-ipv4')).toBe((await instance()).PrivateIpAddress);
  // The guest has it as its second disk.
  expect(await read('/latest/meta-data/block-device-mapping/ephemeral0')).toBe('sdb');
  const { uuid } = JSON.parse(await read('/openstack/latest/meta_data.json'));
  const inGuest =
    'wget -qO- http://169.254.169.254/openstack/latest/meta_data.json; cat /sys/class/dmi/id/product_uuid';
  await says(/guest: address/);
  const told = await server.run(id, inGuest);
  expect(told.match(new RegExp(uuid, 'gi'))).toHaveLength(2);
});

it('plugs a volume into the running guest, takes a snapshot of it, and pulls it out', async () => {
  const { Placement } = await instance();
  const zone = Placement!.AvailabilityZone!;
  const { VolumeId } = await server.ec2.send(new sdk.CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
  await sdk.waitUntilVolumeAvailable({ client: server.ec2, maxWaitTime: 30 }, { VolumeIds: [VolumeId!] });
  await server.ec2.send(new sdk.AttachVolumeCommand({ VolumeId, InstanceId: id, Device: '/dev/sdf' }));
  await sdk.waitUntilVolumeInUse({ client: server.ec2, maxWaitTime: 60 }, { VolumeIds: [VolumeId!] });
  const serial = VolumeId!.replace('-', '');
  await says(new RegExp(`guest: disks .*${serial}`));
  const { SnapshotId } = await server.ec2.send(new sdk.CreateSnapshotCommand({ VolumeId }));
  await sdk.waitUntilSnapshotCompleted(
    { client: server.ec2, maxWaitTime: 60, minDelay: 1 },
    { SnapshotIds: [SnapshotId!] },
  );
  await server.ec2.send(new sdk.DetachVolumeCommand({ VolumeId }));
  await sdk.waitUntilVolumeAvailable({ client: server.ec2, maxWaitTime: 60, minDelay: 1 }, { VolumeIds: [VolumeId!] });
  await until(consoleText, (text) => !text.trimEnd().split('guest: disks').at(-1)!.includes(serial));
});

it('goes on running when the server is killed, and is found again', async () => {
  const before = await server.pids();
  await server.kill();
  await server.start();
  expect((await instance()).State?.Name).toBe('running');
  expect(await server.pids()).toEqual(before);
});

it('makes an image of the running machine, and launches others from it', async () => {
  const { ImageId } = await server.ec2.send(
    new sdk.CreateImageCommand({ InstanceId: id, Name: 'made here', NoReboot: true }),
  );
  await sdk.waitUntilImageAvailable({ client: server.ec2, maxWaitTime: 60, minDelay: 1 }, { ImageIds: [ImageId!] });
  const first = id;
  id = await server.launch({ ImageId: ImageId! });
  await inState('running');
  await says(new RegExp(`guest: up ${id} [\\s\\S]*guest: disks .*vol`));
  const { BlockDeviceMappings } = await instance();
  await server.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  await inState('terminated');
  const volumes = BlockDeviceMappings!.map(({ Ebs }) => Ebs!.VolumeId!);
  const left = await server.ec2.send(
    new sdk.DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: volumes }] }),
  );
  expect([volumes.length, left.Volumes]).toEqual([1, []]);
  id = first;
});

it('is a stopped instance after all was killed at once, as by a power cut, and starts again', async () => {
  const killed = server.kill();
  for (const pid of await server.pids()) kill(pid);
  await killed;
  await until(
    () => server.pids(),
    (found) => found.length === 0,
  );
  await server.start();
  await inState('stopped');
  await server.ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await inState('running');
  await says(/guest: ready/);
});

it('is a stopped instance when its QEMU was killed, and starts again', async () => {
  const [pid] = await server.pids();
  kill(pid!);
  await inState('stopped');
  expect((await instance()).StateReason?.Code).toBe('Server.InternalError');
  await server.ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await inState('running');
  await says(/guest: ready/);
});

it('is a stopped instance when its system shuts down', async () => {
  await server.type(id, 'poweroff -f', () => inState('stopped'));
  expect((await instance()).StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
  const files = () => readdirSync(join(server.data, 'qemu', region, 'machines', id));
  await until(
    async () => files(),
    (names) => !names.includes('ephemeral0.raw'),
  );
  await server.ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await inState('running');
  await says(/guest: ready/);
  expect(await onOwnDisk()).toBe('ephemeral0....');
});

it('stops by its power button, and is gone when it is terminated', async () => {
  await server.ec2.send(new sdk.StopInstancesCommand({ InstanceIds: [id] }));
  await inState('stopped');
  expect(await server.pids()).toEqual([]);
  await server.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  await inState('terminated');
});

it('refuses to begin where there is no QEMU', () => {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-none-'));
  const config = join(folder, 'config.yaml');
  writeFileSync(config, `region: { ${region}: qemu }\nqemu: { ${region}: { binaries: { qemu: /nowhere/qemu } } }\n`);
  expect(elsewhere(['serve', '--port', '0', '--memory', '--config', config])).toMatchObject({
    status: 10,
    stderr: `elsewhere: the region ${region} cannot have machines: /nowhere/qemu is not there: install it (Debian: apt-get install qemu-system-x86 qemu-utils)\n`,
  });
  rmSync(folder, { recursive: true });
});

it('the doctor says what this computer can do for the region, and makes nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-doctor-'));
  const args = ['doctor', '--region', `${region}=qemu`, '--data', join(folder, 'data'), '--port', '0'];
  const { status, stdout } = elsewhere(args);
  expect([status, readdirSync(folder)]).toEqual([0, []]);
  for (const fact of [
    'acceleration: \\w+',
    'UEFI firmware: (/|not there.*ovmf)',
    'disk: .* MiB free',
    'public addresses: in 127\\.[\\d.]+/21[,;] .*port',
  ])
    expect(stdout).toMatch(new RegExp(`^ok +${region}: ${fact}`, 'm'));
  rmSync(folder, { recursive: true });
});
