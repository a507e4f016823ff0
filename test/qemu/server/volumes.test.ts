import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { layerFile, readSnapshot } from '../../../src/drivers/qemu/disks/snapshotRecord.ts';
import { createFolders } from '../../../src/drivers/qemu/folders.ts';
import { serialOf } from '../../../src/drivers/qemu/machines/commandLine.ts';
import { qemuImgPath } from '../support/bench.ts';
import { readingOut } from '../support/cut/content.ts';
import { RealServer, region, until } from '../support/server.ts';

/** One machine with two volumes, each with a file system that the machine writes to without end. */
const server = new RealServer();
const folders = createFolders(join(server.data, 'qemu', region));
let id: string;
/** By the names under which they were attached. */
const volumes: Record<string, string> = {};
const devices = ['/dev/sdf', '/dev/sdg'] as const;
const mib = 16;

/** What is written to both, one after the other, as fast as it is on the disk, with files that come and go beside. */
const writer = `i=0
while [ ! -e /stop ]; do
  i=$((i+1))
  for d in sdf sdg; do
    echo $i | dd of=/$d/log oflag=append conv=notrunc,fsync 2> /dev/null
    echo $i > /$d/f$((i % 40)); rm -f /$d/f$(((i + 20) % 40))
  done
  [ $((i % 10)) = 0 ] && say wrote $i
done
touch /stopped
`;

beforeAll(async () => {
  const image = server.importedGuest({
    name: 'writer',
    entries: [{ name: 'writer', mode: 0o755, data: writer }],
  });
  const [tree, file] = [join(server.data, 'tree'), join(server.data, 'ext4.raw')];
  mkdirSync(tree);
  execFileSync('mkfs.ext4', ['-q', '-b', '1024', '-d', tree, file, `${mib}M`]);
  server.imported(file, '--name', 'ext4');
  await server.start();
  id = await server.launch({ ImageId: image });
  const filters = { Filters: [{ Name: 'name', Values: ['ext4'] }] };
  const { Images } = await server.ec2.send(new sdk.DescribeImagesCommand(filters));
  const SnapshotId = Images![0]!.BlockDeviceMappings![0]!.Ebs!.SnapshotId!;
  const AvailabilityZone = (await server.instance(id)).Placement!.AvailabilityZone!;
  // The other way round than by name: that the guest's names go by the order of coming does not help.
  for (const device of devices.toReversed()) {
    const { VolumeId } = await server.ec2.send(new sdk.CreateVolumeCommand({ AvailabilityZone, SnapshotId, Size: 1 }));
    volumes[device] = VolumeId!;
  }
  const VolumeIds = Object.values(volumes);
  await sdk.waitUntilVolumeAvailable({ client: server.ec2, maxWaitTime: 30, minDelay: 1 }, { VolumeIds });
});
afterAll(() => server.close());

const sectors = (gib: number): number => gib * 2 ** 21;

/** The guest's name of the disk that was attached under a name: what DescribeInstances says, and the serial number. */
async function diskOf(device: string): Promise<string> {
  const { BlockDeviceMappings } = await server.instance(id);
  const { Ebs } = BlockDeviceMappings!.find(({ DeviceName }) => DeviceName === device)!;
  return server.run(id, `grep -l ${serialOf(Ebs!.VolumeId!)} /sys/block/*/serial | cut -d/ -f4`);
}

it('the guest is told the names of its volumes, and finds the disk of each by its serial number', async () => {
  await server.inState(id, 'running');
  await server.says(id, /guest: address/);
  for (const device of devices.toReversed()) {
    const VolumeId = volumes[device]!;
    await server.ec2.send(new sdk.AttachVolumeCommand({ VolumeId, InstanceId: id, Device: device }));
    await sdk.waitUntilVolumeInUse({ client: server.ec2, maxWaitTime: 60, minDelay: 1 }, { VolumeIds: [VolumeId] });
    await server.says(id, new RegExp(`guest: disks .*${serialOf(VolumeId)}`));
  }
  const tree = 'http://169.254.169.254/latest/meta-data/block-device-mapping';
  const told = await server.run(id, `for n in 1 2; do wget -qO- ${tree}/ebs$n; echo; done`);
  expect(told.split('\n').sort()).toEqual(devices.map((device) => device.slice('/dev/'.length)));
  for (const device of devices) {
    const [disk, name] = [await diskOf(device), device.slice('/dev/'.length)];
    await server.run(
      id,
      `ln -s ${disk} ${device}; mkdir /${name}; mount -t ext4 ${device} /${name}; echo ${name} > /${name}/name; sync`,
    );
  }
});

const written = async (): Promise<number> =>
  Number([...(await server.consoleText(id)).matchAll(/guest: wrote (\d+)/g)].at(-1)?.[1] ?? 0);

/** What e2fsck says of a file system that was cut off and is as it should be: the superblock's sums are in no journal. */
const fine = [
  /^Free (?:blocks|inodes) count wrong \(/,
  /^Fix\? yes$/,
  /^e2fsck /,
  /^Pass \d/,
  /: recovering journal$/,
  /^Setting (?:free|unused)/,
  /FILE SYSTEM WAS MODIFIED/,
  /^\S+: \d+\/\d+ files/,
  /^$/,
];

/** The numbers in a snapshot's log, whose file system has nothing wrong with it but what its journal mends. */
async function numbersIn(snapshot: string): Promise<readonly number[]> {
  const layer = layerFile(folders, (await readSnapshot(folders, snapshot))!);
  const raw = join(server.data, `${snapshot}.raw`);
  execFileSync(qemuImgPath, readingOut(layer, raw));
  const { stdout, stderr, status } = spawnSync('e2fsck', ['-f', '-y', raw], { encoding: 'utf8' });
  const wrong = `${stdout}\n${stderr}`.split('\n').filter((line) => !fine.some((form) => form.test(line.trim())));
  expect([wrong, stdout.includes('recovering journal'), status! <= 1]).toEqual([[], true, true]);
  execFileSync('e2fsck', ['-f', '-n', raw], { stdio: 'ignore' });
  const log = execFileSync('debugfs', ['-R', 'cat /log', raw], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return log.trim().split('\n').map(Number);
}
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

it('snapshots that are taken while it writes are each of one moment, those of an image for both volumes', async () => {
  await server.run(id, '(. /writer) & true');
  for (let round = 0; round < 3; round++) {
    const before = await written();
    const flushed = await until(written, (now) => now > before);
    const one = await server.ec2.send(new sdk.CreateSnapshotCommand({ VolumeId: volumes['/dev/sdf'] }));
    const both = { InstanceId: id, Name: `both ${round}`, NoReboot: true };
    const { ImageId } = await server.ec2.send(new sdk.CreateImageCommand(both));
    const how = { client: server.ec2, maxWaitTime: 60, minDelay: 1 };
    await sdk.waitUntilImageAvailable(how, { ImageIds: [ImageId!] });
    await sdk.waitUntilSnapshotCompleted(how, { SnapshotIds: [one.SnapshotId!] });
    const alone = await numbersIn(one.SnapshotId!);
    const [first, second] = await Promise.all((await snapshotsOf(ImageId!)).map(numbersIn));
    for (const found of [alone, first!, second!]) expect(found).toEqual(upTo(found.length));
    expect(alone.length).toBeGreaterThanOrEqual(flushed);
    // What is flushed to the second was flushed to the first before.
    expect([0, 1]).toContain(first!.length - second!.length);
  }
});

/** Of the volumes under both names. */
async function snapshotsOf(image: string): Promise<readonly string[]> {
  const { Images } = await server.ec2.send(new sdk.DescribeImagesCommand({ ImageIds: [image] }));
  const found = Images![0]!.BlockDeviceMappings!;
  return devices.map((device) => found.find(({ DeviceName }) => DeviceName === device)!.Ebs!.SnapshotId!);
}

it('an image with a reboot: the machine goes off and on again, and what it flushed is in the image', async () => {
  await server.run(
    id,
    'touch /stop; while [ ! -e /stopped ]; do usleep 100000; done; echo flushed > /sdg/flushed; sync',
  );
  const [pid] = await server.pids();
  const { ImageId } = await server.ec2.send(new sdk.CreateImageCommand({ InstanceId: id, Name: 'rebooted' }));
  await until(
    () => server.pids(),
    (pids) => !pids.includes(pid!),
  );
  await sdk.waitUntilImageAvailable({ client: server.ec2, maxWaitTime: 90, minDelay: 1 }, { ImageIds: [ImageId!] });
  // Only what it says since it was switched on is there.
  const text = await server.says(id, /guest: disks .*vol/);
  expect([text.match(/guest: up /g)?.length, text.includes('wrote'), (await server.pids()).length]).toEqual([
    1,
    false,
    1,
  ]);
  expect((await server.instance(id)).State?.Name).toBe('running');
  const [, snapshot] = await snapshotsOf(ImageId!);
  const numbers = await numbersIn(snapshot!);
  expect(numbers).toEqual(upTo(numbers.length));
  const raw = join(server.data, `${snapshot}.raw`);
  expect(execFileSync('debugfs', ['-R', 'cat /flushed', raw], { encoding: 'utf8' })).toBe('flushed\n');
  // It has its volumes again, under their names.
  for (const device of devices) {
    const [disk, name] = [await diskOf(device), device.slice('/dev/'.length)];
    await server.run(id, `mkdir /${name}; mount -t ext4 /dev/${disk} /${name}`);
    expect(await server.run(id, `cat /${name}/name`)).toBe(name);
  }
});

it('a volume grows while the guest writes to it, and the guest sees it at once', async () => {
  const [disk, VolumeId] = [await diskOf('/dev/sdf'), volumes['/dev/sdf']!];
  expect(await server.run(id, `cat /sys/block/${disk}/size`)).toBe(String(sectors(1)));
  await server.run(id, '(. /writer) & true');
  await until(written, (now) => now > 0);
  await server.ec2.send(new sdk.ModifyVolumeCommand({ VolumeId, Size: 3 }));
  const modified = () => server.ec2.send(new sdk.DescribeVolumesModificationsCommand({ VolumeIds: [VolumeId] }));
  await until(modified, ({ VolumesModifications }) => VolumesModifications?.[0]?.ModificationState === 'completed');
  const { Volumes } = await server.ec2.send(new sdk.DescribeVolumesCommand({ VolumeIds: [VolumeId] }));
  expect(Volumes).toMatchObject([{ Size: 3, State: 'in-use' }]);
  const before = await written();
  await server.type(id, `say size $(cat /sys/block/${disk}/size)`, () => server.says(id, /guest: size \d+/));
  expect(await server.consoleText(id)).toContain(`guest: size ${sectors(3)}`);
  await until(written, (now) => now > before);
});
