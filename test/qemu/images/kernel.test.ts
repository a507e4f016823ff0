import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { busybox, guestBoot } from '../support/guest.ts';
import { RealServer } from '../support/server.ts';

const server = new RealServer();
beforeAll(() => server.start());
afterAll(() => server.close());

const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
exec > /dev/ttyS0 2>&1
echo "guest: kernel $(uname -r), told $(cat /proc/cmdline)"
echo "guest: root on $(readlink -f /sys/dev/block/$(stat -c '%d' / | { read -r n; echo $((n >> 8)):$((n & 255)); }) | sed 's/.*block.//')"
echo "guest: disk $(cat /sys/block/nvme0n1/device/serial), modules $(wc -l < /proc/modules)"
echo "guest: ready"
while :; do sleep 1000; done
`;

/** A disk with one partition, and in it a file system with a program that the kernel starts. */
function diskWithRoot(): string {
  const tree = join(server.data, 'tree');
  for (const folder of ['bin', 'sbin', 'dev', 'proc', 'sys']) mkdirSync(join(tree, folder), { recursive: true });
  execFileSync('cp', [busybox(), join(tree, 'bin', 'busybox')]);
  writeFileSync(join(tree, 'sbin', 'init'), init, { mode: 0o755 });
  const disk = join(server.data, 'root.raw');
  const [first, mebibytes] = [2_048, 15];
  execFileSync('truncate', ['-s', `${mebibytes + 1}M`, disk]);
  const where = ['-E', `root_owner=0:0,offset=${first * 512}`];
  execFileSync('/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', tree, ...where, disk, `${mebibytes}M`]);
  const record = Buffer.alloc(66);
  // One entry: Linux, by its first sector and its length.
  record[4] = 0x83;
  record.writeUInt32LE(first, 8);
  record.writeUInt32LE(mebibytes * 2_048, 12);
  record.writeUInt16LE(0xaa55, 64);
  const file = openSync(disk, 'r+');
  writeSync(file, record, 0, record.length, 446);
  closeSync(file);
  return disk;
}

it('a kernel image boots without a ramdisk: its root is the disk’s first partition, by the driver that it has built in', async () => {
  const kernel = server.imported(guestBoot().kernel, '--type', 'kernel');
  const image = server.imported(diskWithRoot(), '--name', 'without a ramdisk', '--kernel', kernel);
  const id = await server.launch({ ImageId: image });
  const { KernelId, RamdiskId, BlockDeviceMappings } = await server.instance(id);
  expect([KernelId, RamdiskId]).toEqual([kernel, undefined]);
  const text = await server.says(id, /guest: ready/);
  expect(text).toMatch(/^guest: kernel \d.*, told .*root=\/dev\/nvme0n1p1 /m);
  expect(text).toMatch(/^guest: root on .*\bnvme0n1p1\r?$/m);
  const serial = BlockDeviceMappings![0]!.Ebs!.VolumeId!.replace('-', '');
  expect(text).toMatch(new RegExp(`^guest: disk ${serial}, modules 0\\r?$`, 'm'));
});
