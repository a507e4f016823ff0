import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { elsewhere } from '../../serve/program.ts';
import { packageFolder } from '../support/guest.ts';
import { RealServer, region, until } from '../support/server.ts';
import { Session } from '../support/session.ts';

const server = new RealServer();
const key = join(server.data, 'key.pem');
const userData = '#!/bin/sh\necho "told: $(hostname)" > /told\n';
let image: string;
let group: string;
let id: string;

/** What a command prints on a machine, by SSH; or what ssh itself says. */
const ssh = (address: string, command: string, identity = key): Promise<string> =>
  new Promise((resolve) => {
    const options = ['BatchMode=yes', 'ConnectTimeout=20', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];
    const args = [...options.flatMap((one) => ['-o', one]), '-o', 'LogLevel=ERROR', '-i', identity];
    execFile('ssh', [...args, `root@${address}`, command], { timeout: 60_000 }, (_, stdout, stderr) =>
      resolve((stdout + stderr).trim()),
    );
  });
const publicIpOf = async (of = id) => (await server.instance(of)).PublicIpAddress!;
const launch = async (ImageId = image) => {
  const more = { KeyName: 'mine', UserData: Buffer.from(userData).toString('base64'), SecurityGroupIds: [group] };
  return server.launch({ ImageId, ...more });
};

beforeAll(async () => {
  await server.start();
  const made = elsewhere(['image', 'build', 'mini', '--data', server.data, '--packages', packageFolder()]);
  expect(made).toMatchObject({ status: 0 });
  image = made.stdout.trim();
  const { KeyMaterial } = await server.ec2.send(new sdk.CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }));
  writeFileSync(key, KeyMaterial!, { mode: 0o600 });
  const asked = { GroupName: 'ssh', Description: 'from this computer' };
  group = (await server.ec2.send(new sdk.CreateSecurityGroupCommand(asked))).GroupId!;
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, UserIdGroupPairs: [{ GroupId: group }] },
  ];
  await server.ec2.send(new sdk.AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions }));
});
afterAll(() => server.close());

it('a machine is answered at by SSH with its key pair’s key, under its name, and has run its user data', async () => {
  id = await launch();
  await server.inState(id, 'running');
  await server.says(id, /mini: user data ended with 0/);
  const { PrivateIpAddress } = await server.instance(id);
  const name = `ip-${PrivateIpAddress!.replaceAll('.', '-')}`;
  expect(await ssh(await publicIpOf(), 'hostname; cat /told')).toBe(`${name}\ntold: ${name}`);
  const other = join(server.data, 'other');
  const { KeyMaterial } = await server.ec2.send(new sdk.CreateKeyPairCommand({ KeyName: 'other', KeyType: 'ed25519' }));
  writeFileSync(other, KeyMaterial!, { mode: 0o600 });
  expect(await ssh(await publicIpOf(), 'hostname', other)).toContain('Permission denied');
});

it('elsewhere ssh logs in, ends as the command there does, and keeps the host key with the machine', async () => {
  const told = (identity: string, ...command: readonly string[]) => {
    const options = ['-i', identity, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'];
    return Session.elsewhere(['ssh', id, '--data', server.data, '-l', 'root', '--', ...options, ...command]);
  };
  const name = (await server.instance(id)).PrivateDnsName!.split('.')[0]!;
  const first = told(key, 'hostname; cat; exit 7');
  first.child.stdin!.end('typed here\n');
  expect([await first.ended, first.stdout, first.stderr]).toEqual([7, `${name}\ntyped here\n`, '']);
  const known = join(server.data, 'qemu', region, 'machines', id, 'known_hosts');
  const kept = readFileSync(known, 'utf8');
  expect(kept).toMatch(/^\S+ ssh-ed25519 \S+\n$/);
  // The next one knows the machine by that; the key pair of another does not open it.
  const next = told(key, 'true');
  expect([await next.ended, next.stderr, readFileSync(known, 'utf8')]).toEqual([0, '', kept]);
  const other = told(join(server.data, 'other'), 'true');
  expect([await other.ended, other.stderr]).toEqual([255, expect.stringContaining('Permission denied')]);
});

it('a volume is attached, given a file system, and its content comes back from a snapshot of it', async () => {
  const { Placement } = await server.instance(id);
  const place = { AvailabilityZone: Placement!.AvailabilityZone!, Size: 1 };
  const { VolumeId } = await server.ec2.send(new sdk.CreateVolumeCommand(place));
  const attach = async (volume: string, Device: string): Promise<string> => {
    await sdk.waitUntilVolumeAvailable({ client: server.ec2, maxWaitTime: 60, minDelay: 1 }, { VolumeIds: [volume] });
    await server.ec2.send(new sdk.AttachVolumeCommand({ VolumeId: volume, InstanceId: id, Device }));
    await sdk.waitUntilVolumeInUse({ client: server.ec2, maxWaitTime: 60, minDelay: 1 }, { VolumeIds: [volume] });
    const find = `grep -l ${volume.replace('-', '')} /sys/block/vd*/serial | cut -d/ -f4`;
    return until(
      async () => ssh(await publicIpOf(), find),
      (found) => /^vd[a-z]$/.test(found),
    );
  };
  const disk = await attach(VolumeId!, '/dev/sdf');
  const write = `mkfs.ext4 -q /dev/${disk} && mkdir /mnt/a && mount /dev/${disk} /mnt/a && echo kept > /mnt/a/file && sync && echo written`;
  expect(await ssh(await publicIpOf(), write)).toBe('written');
  const { SnapshotId } = await server.ec2.send(new sdk.CreateSnapshotCommand({ VolumeId }));
  await sdk.waitUntilSnapshotCompleted(
    { client: server.ec2, maxWaitTime: 60, minDelay: 1 },
    { SnapshotIds: [SnapshotId!] },
  );
  const copy = await server.ec2.send(new sdk.CreateVolumeCommand({ ...place, SnapshotId }));
  const again = await attach(copy.VolumeId!, '/dev/sdg');
  const read = `mkdir /mnt/b && mount -r /dev/${again} /mnt/b && cat /mnt/b/file`;
  expect(await ssh(await publicIpOf(), read)).toBe('kept');
});

it('an image of it gives machines that are others, and reach each other by their group', async () => {
  const { ImageId } = await server.ec2.send(
    new sdk.CreateImageCommand({ InstanceId: id, Name: 'made here', NoReboot: true }),
  );
  await sdk.waitUntilImageAvailable({ client: server.ec2, maxWaitTime: 60, minDelay: 1 }, { ImageIds: [ImageId!] });
  const other = await launch(ImageId!);
  await server.inState(other, 'running');
  await server.says(other, /mini: ready/);
  const { PrivateIpAddress } = await server.instance(other);
  const name = `ip-${PrivateIpAddress!.replaceAll('.', '-')}`;
  expect(await ssh(await publicIpOf(other), 'hostname')).toBe(name);
  expect(await ssh(await publicIpOf(), `ping -c 1 -W 5 ${name} | grep received`)).toContain(' 1 packets received');
  await server.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [other] }));
  await server.inState(other, 'terminated');
});

it('it is there with all it had after the server was killed, and after a stop and a start', async () => {
  await server.kill();
  expect(await ssh(await server.start().then(() => publicIpOf()), 'cat /mnt/a/file')).toBe('kept');
  await server.ec2.send(new sdk.StopInstancesCommand({ InstanceIds: [id] }));
  await server.inState(id, 'stopped');
  await server.ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  await server.inState(id, 'running');
  await server.says(id, /mini: ready/);
  expect(await ssh(await publicIpOf(), 'cat /told; ls /sys/block | grep -c vd')).toMatch(/^told: [\s\S]*\n3$/);
});
