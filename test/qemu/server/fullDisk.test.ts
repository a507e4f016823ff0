import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { layerFile, readSnapshot } from '../../../src/drivers/qemu/disks/snapshotRecord.ts';
import { createFolders } from '../../../src/drivers/qemu/folders.ts';
import { elsewhere } from '../../serve/program.ts';
import { holds } from '../support/bench.ts';
import { RealServer, region, until } from '../support/server.ts';

/** A machine with a volume, whose region is in a small file system of its own. */
const server = new RealServer();
const folder = join(server.data, 'qemu', region);
const folders = createFolders(folder);
const disk = join(server.data, 'disk.raw');
let id: string;
let VolumeId: string;
let SnapshotId: string;
const how = { client: server.ec2, maxWaitTime: 60, minDelay: 1 };

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]);
  const image = server.importedGuest();
  await server.start();
  how.client = server.ec2;
  id = await server.launch({ ImageId: image });
  await server.inState(id, 'running');
  const AvailabilityZone = (await server.instance(id)).Placement!.AvailabilityZone!;
  ({ VolumeId } = (await server.ec2.send(new sdk.CreateVolumeCommand({ AvailabilityZone, Size: 1 }))) as {
    VolumeId: string;
  });
  await sdk.waitUntilVolumeAvailable(how, { VolumeIds: [VolumeId] });
  await server.ec2.send(new sdk.AttachVolumeCommand({ VolumeId, InstanceId: id, Device: '/dev/sdf' }));
  await sdk.waitUntilVolumeInUse(how, { VolumeIds: [VolumeId] });
  await server.says(id, /guest: disks .*vol.*vol/);
  // Four mebibytes of 'a' in the volume, and a snapshot of that.
  await server.run(id, 'head -c 4194304 /dev/zero | tr "\\0" a | dd of=/dev/vdb bs=1M conv=fsync 2> /dev/null');
  SnapshotId = await snapshot();
  await completed(SnapshotId);
  writeFileSync(disk, Buffer.alloc(2 ** 20, 7));
});
afterAll(async () => {
  await server.kill();
  await server.endMachines();
  // The switch is still there for a while, and ends by itself.
  execFileSync('umount', ['--lazy', folder]);
  rmSync(server.data, { recursive: true });
});

const snapshot = async (): Promise<string> =>
  (await server.ec2.send(new sdk.CreateSnapshotCommand({ VolumeId }))).SnapshotId!;
const completed = (snapshot: string) => sdk.waitUntilSnapshotCompleted(how, { SnapshotIds: [snapshot] });
const stateOfSnapshot = async (of: string) =>
  (await server.ec2.send(new sdk.DescribeSnapshotsCommand({ SnapshotIds: [of] }))).Snapshots![0]!.State;
const volumeOf = async (of: string): Promise<string> => {
  const AvailabilityZone = (await server.instance(id)).Placement!.AvailabilityZone!;
  const wanted = { AvailabilityZone, SnapshotId: of };
  return (await server.ec2.send(new sdk.CreateVolumeCommand(wanted))).VolumeId!;
};
const stateOfVolume = async (of: string) =>
  (await server.ec2.send(new sdk.DescribeVolumesCommand({ VolumeIds: [of] }))).Volumes![0]!.State;
const image = async (Name: string): Promise<string> =>
  (await server.ec2.send(new sdk.CreateImageCommand({ InstanceId: id, Name, NoReboot: true }))).ImageId!;
const imageNow = async (of: string) =>
  (await server.ec2.send(new sdk.DescribeImagesCommand({ ImageIds: [of] }))).Images![0]!;
const imported = () => elsewhere(['image', 'import', disk, '--name', 'late', '--data', server.data]);

/** Writes until not a byte more fits; gives what makes room again. */
function fill(): () => void {
  const file = join(folder, 'filler');
  for (let block = 2 ** 20; block >= 4_096; ) {
    try {
      writeFileSync(file, Buffer.alloc(block), { flag: 'a' });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      block /= 2;
    }
  }
  return () => rmSync(file);
}
/** Everything that is kept of disks. */
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((path) => /^(?:volumes|snapshots|images)\b/.test(path))
    .sort();
const isLively = async (word: string) =>
  expect(
    await server.run(id, `echo ${word} | dd of=/dev/vdb conv=notrunc,fsync 2> /dev/null; head -c 4 /dev/vdb`),
  ).toBe(word);

let makeRoom: () => void;

it('on a full disk each ends in its error, nothing is left of it, and the guest goes on with its volume', async () => {
  await isLively('full');
  const before = files();
  makeRoom = fill();
  const taken = await snapshot();
  await until(
    () => stateOfSnapshot(taken),
    (state) => state === 'error',
  );
  const volume = await volumeOf(SnapshotId);
  await until(
    () => stateOfVolume(volume),
    (state) => state === 'error',
  );
  const made = await image('full');
  const { StateReason } = await until(
    () => imageNow(made),
    ({ State }) => State === 'failed',
  );
  expect(StateReason).toMatchObject({ Message: expect.stringMatching(/no space/i) });
  const { status, stdout, stderr } = imported();
  expect([status === 0, stdout, /no space left/i.test(stderr)]).toEqual([false, '', true]);
  expect(files()).toEqual(before);
  await isLively('goes');
  expect((await server.instance(id)).State?.Name).toBe('running');
});

it('what the guest writes that has no room waits for it, and all works again when there is some', async () => {
  const line =
    'head -c 4194304 /dev/zero | tr "\\0" b | dd of=/dev/vdb bs=1M seek=64 conv=fsync 2> /dev/null; say through';
  await server.type(id, line, async () => {
    const asked = { InstanceIds: [id], IncludeAllInstances: true };
    await until(
      async () =>
        (await server.ec2.send(new sdk.DescribeInstanceStatusCommand(asked))).InstanceStatuses![0]!.InstanceStatus
          ?.Status,
      (status) => status === 'impaired',
    );
    makeRoom();
    await server.says(id, /guest: through/);
  });
  const taken = await snapshot();
  await completed(taken);
  const volume = await volumeOf(taken);
  await sdk.waitUntilVolumeAvailable(how, { VolumeIds: [volume] });
  await sdk.waitUntilImageAvailable(how, { ImageIds: [await image('roomy')] });
  expect(imported().status).toBe(0);
  const layer = layerFile(folders, (await readSnapshot(folders, taken))!);
  expect([holds(layer, '0x61', '1M', '3M'), holds(layer, '0x62', '64M', '4M')]).toEqual([true, true]);
  await isLively('ends');
});
