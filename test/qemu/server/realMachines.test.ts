import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootIdOf } from '../../../src/drivers/qemu/acceleration.ts';
import { names } from '../../../src/drivers/qemu/machines/commandLine.ts';
import { kill, pidFileOf } from '../../../src/drivers/qemu/machines/processes.ts';
import { switchFiles } from '../../../src/drivers/qemu/network/control.ts';
import { elsewhere } from '../../serve/program.ts';
import { RealServer, region, until } from '../support/server.ts';
import { switchesBelow } from '../support/switches.ts';

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

it('goes on running when the server is killed, and is found again; a QEMU that nobody knows is ended', async () => {
  const before = await server.pids();
  await server.kill();
  const stray = join(server.data, 'qemu', region, 'machines', 'i-00000000000000bad');
  mkdirSync(stray);
  spawn('qemu-system-x86_64', ['-M', 'none', '-display', 'none', '-pidfile', pidFileOf(stray)], { stdio: 'ignore' });
  await until(
    () => server.pids(),
    (found) => found.length === 2,
  );
  await server.start();
  expect((await instance()).State?.Name).toBe('running');
  await until(
    () => server.pids(),
    (found) => found.length === 1,
  );
  expect(await server.pids()).toEqual(before);
});

it('makes an image of the running machine; another from it is terminated when its system shuts down, as it was asked for', async () => {
  const { ImageId } = await server.ec2.send(
    new sdk.CreateImageCommand({ InstanceId: id, Name: 'made here', NoReboot: true }),
  );
  await sdk.waitUntilImageAvailable({ client: server.ec2, maxWaitTime: 60, minDelay: 1 }, { ImageIds: [ImageId!] });
  const first = id;
  id = await server.launch({ ImageId: ImageId!, InstanceInitiatedShutdownBehavior: 'terminate' });
  await inState('running');
  await says(new RegExp(`guest: up ${id} [\\s\\S]*guest: disks .*vol`));
  const { BlockDeviceMappings } = await instance();
  await server.type(id, 'poweroff -f', () => inState('terminated'));
  expect((await instance()).StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
  const volumes = BlockDeviceMappings!.map(({ Ebs }) => Ebs!.VolumeId!);
  const left = await server.ec2.send(
    new sdk.DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: volumes }] }),
  );
  expect([volumes.length, left.Volumes]).toEqual([1, []]);
  id = first;
});

/** Kills every process of the data folder at once: the server, the machines, their switch. */
async function killAll(): Promise<void> {
  const machines = await server.pids();
  const switches = await switchesBelow(server.data);
  expect([machines.length, switches.length]).toEqual([1, 1]);
  const killed = server.kill();
  for (const pid of [...machines, ...switches]) kill(pid);
  await killed;
  await until(
    async () => [...(await server.pids()), ...(await switchesBelow(server.data))],
    (found) => found.length === 0,
  );
}

/** Starts the instance, which is to have what was on its root volume, and its network. */
async function startsAgain(): Promise<void> {
  await server.ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await inState('running');
  await says(new RegExp(`guest: address ${(await instance()).PrivateIpAddress}/`));
  expect(await server.run(id, 'head -c 6 /dev/vda')).toBe('stayed');
  const asked = 'wget -qO- http://169.254.169.254/latest/meta-data/instance-id';
  expect(await server.run(id, asked)).toBe(id);
}

it('is a stopped instance after all was killed at once, as by a power cut, and starts again', async () => {
  expect(await server.run(id, 'printf stayed | dd of=/dev/vda conv=fsync 2> /dev/null; head -c 6 /dev/vda')).toBe(
    'stayed',
  );
  await killAll();
  await server.start();
  await inState('stopped');
  expect((await instance()).StateReason?.Code).toBe('Server.InternalError');
  await startsAgain();
});

it('is a stopped instance after a reboot of the computer, where its number is another process’s by now', async () => {
  await killAll();
  const folder = join(server.data, 'qemu', region);
  const acceleration = join(folder, 'acceleration.json');
  const { boot } = JSON.parse(readFileSync(acceleration, 'utf8'));
  expect(boot).toBe(await bootIdOf());
  // What a reboot leaves: sockets at which nobody waits, the number of a QEMU in its file, and what was found out at another start.
  const machine = join(folder, 'machines', id);
  for (const socket of [
    join(machine, names.monitors[0]),
    join(machine, names.serial),
    join(folder, 'network', switchFiles.control),
  ])
    expect(statSync(socket).isSocket()).toBe(true);
  const other = spawn('sleep', ['1000'], { stdio: 'ignore' });
  try {
    writeFileSync(pidFileOf(machine), `${other.pid}\n`);
    writeFileSync(acceleration, JSON.stringify({ boot: 'of another start', version: 'none', found: 'kvm' }));
    await server.start();
    await inState('stopped');
    await startsAgain();
    expect(JSON.parse(readFileSync(acceleration, 'utf8'))).toMatchObject({ boot });
    expect(await server.pids()).toHaveLength(1);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  } finally {
    other.kill();
  }
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
