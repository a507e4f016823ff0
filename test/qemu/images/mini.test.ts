import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFirmware } from '../../../src/drivers/qemu/firmware.ts';
import { elsewhere } from '../../serve/program.ts';
import { packageFolder } from '../support/guest.ts';
import { RealServer, region, until } from '../support/server.ts';

const server = new RealServer();
const folder = join(server.data, 'qemu', region);
let image: string;
let id: string;

beforeAll(async () => {
  if (findFirmware() === undefined) throw new Error('these tests need UEFI: apt-get install ovmf');
  await server.start();
});
afterAll(() => server.close());

const imageOf = async (imageId: string): Promise<sdk.Image> => {
  const { Images } = await server.ec2.send(new sdk.DescribeImagesCommand({ ImageIds: [imageId] }));
  return Images![0]!;
};
const stopped = async (): Promise<void> => {
  await server.inState(id, 'running');
  await server.ec2.send(new sdk.StopInstancesCommand({ InstanceIds: [id] }));
  await server.inState(id, 'stopped');
};

it('is built beside a server, and offered by it', async () => {
  const { status, stdout, stderr } = elsewhere([
    ...['image', 'build', 'mini', '--data', server.data, '--packages', packageFolder()],
  ]);
  expect({ status, stdout, stderr }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^ami-[0-9a-f]{17}\n$/),
  });
  image = stdout.trim();
  const { Name, Architecture, BootMode, KernelId } = await imageOf(image);
  expect({ Name, Architecture, BootMode, KernelId }).toEqual({
    ...{ Name: expect.stringMatching(/^elsewhere-mini-\d/), Architecture: 'x86_64' },
    ...{ BootMode: 'legacy-bios', KernelId: undefined },
  });
  expect(readdirSync(folder).filter((name) => name.startsWith('build-'))).toEqual([]);
});

it('boots from its disk, and does not wait for a network', async () => {
  id = await server.launch({ ImageId: image });
  await server.says(id, new RegExp(`mini: up ${id} t2\\.nano legacy-bios[\\s\\S]*press Enter`));
});

it('shuts down in order when its power button is pressed', async () => {
  await stopped();
  await server.says(id, /mini: shutting down[\s\S]*reboot: Power down/);
});

it('boots by UEFI, too, where its image says so, with variables that stay as long as the machine', async () => {
  const { RootDeviceName, BlockDeviceMappings } = await imageOf(image);
  const SnapshotId = BlockDeviceMappings![0]!.Ebs!.SnapshotId!;
  const registered = await server.ec2.send(
    new sdk.RegisterImageCommand({
      ...{ Name: 'by uefi', Architecture: 'x86_64', BootMode: 'uefi', RootDeviceName, VirtualizationType: 'hvm' },
      BlockDeviceMappings: [{ DeviceName: RootDeviceName!, Ebs: { SnapshotId } }],
    }),
  );
  const ImageId = registered.ImageId!;
  await until(
    () => imageOf(ImageId),
    ({ State }) => State === 'available',
  );
  id = await server.launch({ ImageId });
  const { BootMode, CurrentInstanceBootMode } = await server.instance(id);
  expect([BootMode, CurrentInstanceBootMode]).toEqual(['uefi', 'uefi']);
  await server.says(id, new RegExp(`mini: up ${id} t2\\.nano uefi[\\s\\S]*press Enter`));
  const file = '/sys/firmware/efi/efivars/Elsewhere-b1e7c2d4-5a3f-4c68-9d20-7f6a1e8b3c55';
  // Non-volatile, and for firmware and system alike; then the value. It has to be written at once.
  const set = `\n printf '\\007\\000\\000\\000kept' > /tmp/value; cat /tmp/value > ${file} && echo is$((40+2))set`;
  await server.type(id, set, () => server.says(id, /is42set/));
  await stopped();
  await server.ec2.send(new sdk.StartInstancesCommand({ InstanceIds: [id] }));
  // From then on the console is that of this boot.
  await server.inState(id, 'running');
  await server.says(id, /press Enter/);
  await server.type(id, `\n echo found $(tail -c 4 ${file})`, () => server.says(id, /found kept/));
  expect(readdirSync(join(folder, 'machines', id)).filter((name) => name.startsWith('nvram-'))).toHaveLength(1);
}, 300_000);

it('tells when its kernel panics, and is then terminated without a wait for its power button', async () => {
  const status = async () => {
    const asked = new sdk.DescribeInstanceStatusCommand({ InstanceIds: [id] });
    return (await server.ec2.send(asked)).InstanceStatuses![0]!.InstanceStatus!.Status;
  };
  await until(status, (found) => found === 'ok');
  const crash = '\n echo 0 > /proc/sys/kernel/panic; echo c > /proc/sysrq-trigger';
  await server.type(id, crash, () => until(status, (found) => found === 'impaired'));
  await server.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  await server.inState(id, 'terminated');
  expect(readdirSync(join(folder, 'machines'))).not.toContain(id);
});

it('is refused in one line, and leaves nothing, when a package is damaged or the image is unknown', () => {
  const refused = (...args: readonly string[]) => elsewhere(['image', 'build', ...args, '--data', server.data]);
  expect(refused('maxi')).toMatchObject({ status: 2, stdout: '' });
  expect(refused('maxi').stderr).toBe("elsewhere: there is no image 'maxi' to build; there is mini\n");
  expect(refused('mini', '--boot-mode', 'floppy').stderr).toMatch(/^elsewhere: --boot-mode must be one of [^\n]*\n$/);
  const before = readdirSync(folder).sort();
  const damaged = mkdtempSync(join(server.data, 'packages-'));
  writeFileSync(join(damaged, 'busybox-static.deb'), 'no package');
  const { status, stdout, stderr } = refused('mini', '--packages', damaged);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^packages 0 %\nelsewhere: dpkg-deb failed: .*busybox-static\.deb.*\n$/);
  expect(readdirSync(folder).sort()).toEqual(before);
});
