import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Entry, writeCpio } from '../../../src/drivers/qemu/images/mini/cpio.ts';

/** Where what is downloaded once is kept. */
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'elsewhere-guest');

/** Modules that the kernel of Debian's cloud images does not have built in, in the order in which they are needed. */
const modules = [
  ...['virtio_ring', 'virtio', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci', 'virtio_blk'],
  ...['failover', 'net_failover', 'virtio_net', 'button', 'evdev', 'pvpanic', 'pvpanic-mmio'],
];

/**
 * The guest's only program. It says who it is, switches off when the power button is pressed, tells of disks that come and
 * go, asks for its address, and does what is written to its console.
 */
const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
ip link set lo up
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for m in $(cat /modules/order); do insmod /modules/$m.ko; done
acpid -c /etc/acpi -l /dev/null -p /acpid.pid
say() { echo "guest: $*" > /dev/ttyS0; }
say up $(cat /sys/class/dmi/id/chassis_asset_tag) $(cat /sys/class/dmi/id/product_name) $(nproc) cpus
( last=none
  while :; do
    now=$(cat /sys/block/vd*/serial 2>/dev/null | tr '\\n' ' ')
    [ "$now" = "$last" ] || { say disks $now; last=$now; }
    usleep 200000
  done ) &
( ip link set eth0 up && udhcpc -i eth0 -n -q -O mtu -O hostname -O domain -s /etc/udhcpc && say address $(ip -4 -o addr show eth0 | tr -s ' ' | cut -d' ' -f4) ) > /dev/null 2>&1 &
stty -echo < /dev/ttyS0
say ready
while read -r line; do eval "$line"; done < /dev/ttyS0 > /dev/ttyS0 2>&1
`;

const udhcpc = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/$mask dev $interface
[ -n "$router" ] && ip route add default via $router
[ -n "$mtu" ] && ip link set $interface mtu $mtu
for server in $dns; do echo nameserver $server; done > /etc/resolv.conf
[ -n "$domain" ] && echo search $domain >> /etc/resolv.conf
hostname $hostname
exit 0
`;

/**
 * A kernel and a ramdisk that boot to `guest: ready` in seconds. Made of Debian's packages, without root. What else is to be
 * in the ramdisk gives it a name of its own.
 */
export function guestBoot(more?: { readonly name: string; readonly entries: readonly Entry[] }): {
  readonly kernel: string;
  readonly ramdisk: string;
} {
  const { kernel, tree } = debianKernel();
  const ramdisk = join(cache, more === undefined ? 'guest.cpio' : `guest-${more.name}.cpio`);
  const there: Entry[] = [
    ...['bin', 'proc', 'sys', 'dev', 'etc', 'etc/acpi', 'etc/acpi/PWRF', 'modules'].map((name) => ({ name })),
    { name: 'init', mode: 0o755, data: init },
    { name: 'bin/busybox', mode: 0o755, data: readFileSync(busybox()) },
    { name: 'etc/acpi/PWRF/00000080', mode: 0o755, data: '#!/bin/sh\npoweroff -f\n' },
    { name: 'etc/udhcpc', mode: 0o755, data: udhcpc },
    { name: 'modules/order', data: modules.join('\n') },
    ...modules.map((name) => ({ name: `modules/${name}.ko`, data: readFileSync(findModule(tree, name)) })),
    ...(more?.entries ?? []),
  ];
  const draft = `${ramdisk}.${process.pid}`;
  writeFileSync(draft, writeCpio(there));
  renameSync(draft, ramdisk);
  return { kernel, ramdisk };
}

/** The program of this computer that the guest is made of. */
export function busybox(): string {
  const found = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path));
  if (found === undefined) throw new Error('the guest is made of busybox: apt-get install busybox-static');
  return found;
}

/** Debian's kernel for clouds, out of its package. */
function debianKernel(): { readonly kernel: string; readonly tree: string } {
  const tree = join(cache, 'kernel');
  if (!existsSync(tree)) {
    const draft = `${tree}.${process.pid}`;
    mkdirSync(draft, { recursive: true });
    updateLists();
    const name = kernelPackage();
    if (name === undefined) throw new Error('apt knows no linux-image-cloud-amd64, whose kernel the guests boot');
    execFileSync('apt-get', ['download', '-q', name], { cwd: draft, stdio: 'ignore' });
    const deb = readdirSync(draft).find((file) => file.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', deb!, '.'], { cwd: draft });
    renameSync(draft, tree);
  }
  const image = readdirSync(join(tree, 'boot')).find((file) => file.startsWith('vmlinuz-'));
  return { kernel: join(tree, 'boot', image!), tree };
}

/** Where Debian's packages are kept that an image is built of, once they were fetched. */
export function packageFolder(): string {
  updateLists();
  return join(cache, 'packages');
}

function updateLists(): void {
  if (kernelPackage() === undefined) execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
}

/** The package with the kernel itself; undefined where apt has no lists yet. */
function kernelPackage(): string | undefined {
  const { stdout } = spawnSync('apt-cache', ['depends', 'linux-image-cloud-amd64'], { encoding: 'utf8' });
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}

let paths: readonly string[] | undefined;

function findModule(tree: string, name: string): string {
  paths ??= readdirSync(join(tree, 'lib', 'modules'), { recursive: true, encoding: 'utf8' });
  const found = paths.find((path) => path.endsWith(`/${name}.ko`));
  if (found === undefined) throw new Error(`the kernel has no module ${name}`);
  return join(tree, 'lib', 'modules', found);
}
