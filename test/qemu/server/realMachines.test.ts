import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../../src/drivers/qemu/machines/commandLine.ts';
import { kill, processesBelow } from '../../../src/drivers/qemu/machines/processes.ts';
import { built, elsewhere, type Program, serve } from '../../serve/program.ts';
import { needQemu } from '../support/cloud.ts';
import { guestBoot } from '../support/guest.ts';

needQemu();

const region = 'local-1';
const data = mkdtempSync(join(tmpdir(), 'elsewhere-real-'));
let server: Program;
let ec2: sdk.EC2Client;
let image: string;
let id: string;

const start = async (): Promise<void> => {
  server = await serve(['--data', data, '--region', `${region}=qemu`]);
  ec2 = new sdk.EC2Client({
    ...{ region, endpoint: `http://127.0.0.1:${server.port}`, maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
};

const imported = (...args: readonly string[]): string => {
  const { status, stdout, stderr } = elsewhere(['image', 'import', ...args, '--data', data]);
  expect([status, stderr.split('\n').filter((line) => /refused|cannot/.test(line))]).toEqual([0, []]);
  return stdout.trim();
};

beforeAll(async () => {
  built();
  const { kernel, ramdisk } = guestBoot();
  const disk = join(data, 'empty.raw');
  writeFileSync(disk, Buffer.alloc(2 ** 20));
  const aki = imported(kernel, '--type', 'kernel');
  const ari = imported(ramdisk, '--type', 'ramdisk');
  image = imported(disk, '--name', 'guest', '--kernel', aki, '--ramdisk', ari);
  await start();
});

afterAll(async () => {
  server.process.kill('SIGKILL');
  await server.ended;
  for (const pid of (await processesBelow(data)).values()) kill(pid);
  while ((await processesBelow(data)).size > 0) await pause(50);
  rmSync(data, { recursive: true });
});

/** Waits, for at most two minutes, until what is asked is as wanted; fails with what it was last. */
async function until<T>(ask: () => Promise<T>, wanted: (found: T) => boolean): Promise<T> {
  let found = await ask();
  for (const end = Date.now() + 120_000; !wanted(found) && Date.now() < end; found = await ask()) await pause(300);
  expect(found).toSatisfy(wanted);
  return found;
}

const instance = async (): Promise<sdk.Instance> => {
  const { Reservations } = await ec2.send(new sdk.DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations![0]!.Instances![0]!;
};
const inState = (state: string) =>
  until(
    async () => (await instance()).State?.Name,
    (found) => found === state,
  );
const consoleText = async (): Promise<string> => {
  const { Output } = await ec2.send(new sdk.GetConsoleOutputCommand({ InstanceId: id, Latest: true }));
  return Buffer.from(Output ?? '', 'base64').toString();
};
const says = (words: RegExp) => until(consoleText, (text) => words.test(text));
const pids = async () => [...(await processesBelow(data)).values()];

it('boots the image that was imported', async () => {
  const asked = { ImageId: image, InstanceType: 't2.nano', MinCount: 1, MaxCount: 1 } as const;
  const { Instances } = await ec2.send(new sdk.RunInstancesCommand(asked));
  id = Instances![0]!.InstanceId!;
  await inState('running');
  await says(new RegExp(`guest: up ${id} t2.nano 1 cpus[\\s\\S]*guest: ready`));
  expect(await pids()).toHaveLength(1);
});

it('plugs a volume into the running guest, takes a snapshot of it, and pulls it out', async () => {
  const { Placement } = await instance();
  const zone = Placement!.AvailabilityZone!;
  const { VolumeId } = await ec2.send(new sdk.CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
  await sdk.waitUntilVolumeAvailable({ client: ec2, maxWaitTime: 30 }, { VolumeIds: [VolumeId!] });
  await ec2.send(new sdk.AttachVolumeCommand({ VolumeId, InstanceId: id, Device: '/dev/sdf' }));
  await sdk.waitUntilVolumeInUse({ client: ec2, maxWaitTime: 60 }, { VolumeIds: [VolumeId!] });
  const serial = VolumeId!.replace('-', '');
  await says(new RegExp(`guest: disks .*${serial}`));
  const { SnapshotId } = await ec2.send(new sdk.CreateSnapshotCommand({ VolumeId }));
  await sdk.waitUntilSnapshotCompleted({ client: ec2, maxWaitTime: 60, minDelay: 1 }, { SnapshotIds: [SnapshotId!] });
  await ec2.send(new sdk.DetachVolumeCommand({ VolumeId }));
  await sdk.waitUntilVolumeAvailable({ client: ec2, maxWaitTime: 60, minDelay: 1 }, { VolumeIds: [VolumeId!] });
  await until(consoleText, (text) => !text.trimEnd().split('guest: disks').at(-1)!.includes(serial));
});

it('goes on running when the server is killed, and is found again', async () => {
  const before = await pids();
  server.process.kill('SIGKILL');
  await server.ended;
  await start();
  expect((await instance()).State?.Name).toBe('running');
  expect(await pids()).toEqual(before);
});

it('makes an image of the running machine, and launches others from it', async () => {
  const { ImageId } = await ec2.send(new sdk.CreateImageCommand({ InstanceId: id, Name: 'made here', NoReboot: true }));
  await sdk.waitUntilImageAvailable({ client: ec2, maxWaitTime: 60, minDelay: 1 }, { ImageIds: [ImageId!] });
  const first = id;
  const asked = { ImageId, InstanceType: 't2.nano', MinCount: 1, MaxCount: 1 } as const;
  const { Instances } = await ec2.send(new sdk.RunInstancesCommand(asked));
  id = Instances![0]!.InstanceId!;
  await inState('running');
  await says(new RegExp(`guest: up ${id} [\\s\\S]*guest: disks .*vol`));
  const { BlockDeviceMappings } = await instance();
  await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  await inState('terminated');
  const volumes = BlockDeviceMappings!.map(({ Ebs }) => Ebs!.VolumeId!);
  const left = await ec2.send(new sdk.DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: volumes }] }));
  expect([volumes.length, left.Volumes]).toEqual([1, []]);
  id = first;
});

it('is a stopped instance after all was killed at once, as by a power cut, and starts again', async () => {
  server.process.kill('SIGKILL');
  for (const pid of await pids()) kill(pid);
  await server.ended;
  await until(pids, (found) => found.length === 0);
  await start();
  await inState('stopped');
  await ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await inState('running');
  await says(/guest: ready/);
});

it('is a stopped instance when its QEMU was killed, and starts again', async () => {
  const [pid] = await pids();
  kill(pid!);
  await inState('stopped');
  expect((await instance()).StateReason?.Code).toBe('Server.InternalError');
  await ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await inState('running');
  await says(/guest: ready/);
});

it('is a stopped instance when its system shuts down', async () => {
  const serial = connect(join(data, 'qemu', region, 'machines', id, names.serial));
  await once(serial, 'connect');
  serial.write('poweroff -f\n');
  await inState('stopped');
  serial.destroy();
  expect((await instance()).StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
  await ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await inState('running');
  await says(/guest: ready/);
});

it('stops by its power button, and is gone when it is terminated', async () => {
  await ec2.send(new sdk.StopInstancesCommand({ InstanceIds: [id] }));
  await inState('stopped');
  expect(await pids()).toEqual([]);
  await ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  await inState('terminated');
});

it('refuses to begin where there is no QEMU', () => {
  const config = join(data, 'config.yaml');
  writeFileSync(config, `region: { ${region}: qemu }\nqemu: { ${region}: { binaries: { qemu: /nowhere/qemu } } }\n`);
  expect(elsewhere(['serve', '--port', '0', '--memory', '--config', config])).toMatchObject({
    status: 10,
    stderr: `elsewhere: the region ${region} cannot have machines: /nowhere/qemu is not there: install it (Debian: apt-get install qemu-system-x86 qemu-utils)\n`,
  });
});
