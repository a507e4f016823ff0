import type { DiskSpec, MachineSpec } from '../../../ports/driver.ts';
import { machineUuid } from '../../../ports/ids.ts';
import type { Firmware, Flash } from '../firmware.ts';
import { wireOf } from '../folders.ts';
import type { NewDisk, NewNetdev, NewNic, NewNode } from '../qmp/commands.ts';
import type { OwnDisk } from './ownDisks.ts';
import { pidFileOf } from './processes.ts';

/** Names of what is in a machine's folder. QEMU runs in it, so that its sockets have short names. */
export const names = {
  monitors: ['qmp.sock', 'qmp-2.sock'],
  serial: 'console.sock',
  screen: 'vnc.sock',
  picture: 'screen.ppm',
  console: 'console.log',
  errors: 'qemu.log',
} as const;

/** How it boots, other than from its first disk. Paths are absolute. */
export interface Boot {
  readonly kernel: string;
  readonly ramdisk?: string;
  readonly commandLine?: string;
}

export interface Asked {
  readonly id: string;
  /** The machine's folder. */
  readonly folder: string;
  readonly spec: MachineSpec;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly acceleration: 'kvm' | 'hvf' | 'tcg';
  /** The disks with their files, the root first. */
  readonly disks: readonly (DiskSpec & { readonly file: string })[];
  /** Those that come with the type. */
  readonly ownDisks?: readonly OwnDisk[];
  readonly boot?: Boot;
  /** UEFI, with the variables of this machine; else it has BIOS. */
  readonly firmware?: Firmware;
}

/** Root ports: one for each device of the start, and for each that may be plugged in later. EC2's limit of attachments is 28. */
export const ports = 32;

/** The device of a thing in a port. QEMU itself then knows what is where. */
export const deviceOf = (thing: string, port: number): string => `${thing}.p${port}`;

/** Thing and port of a device; undefined for one that is none of those. */
export function thingOf(device: string): { readonly thing: string; readonly port: number } | undefined {
  const [, thing, port] = /^((?:vol|eni)-[0-9a-f]+|ephemeral\d+)\.p(\d+)$/.exec(device) ?? [];
  return thing === undefined ? undefined : { thing, port: Number(port) };
}

/** How the guest knows a volume: the serial number that EC2's own NVMe disks show, which fits the 20 bytes there are. */
export const serialOf = (volume: string): string => volume.replace('-', '');

/** What `blockdev-add` opens for a volume; its node is called by the volume's id. */
export const blockNode = (volume: string, file: string): NewNode => ({
  driver: 'qcow2',
  'node-name': volume,
  discard: 'unmap',
  file: { driver: 'file', filename: file, discard: 'unmap' },
});

/** What `device_add` plugs in for a volume, or what is there for a disk of the machine's own. */
export const diskDevice = (volume: string, port: number, bus: 'virtio' | 'nvme' = 'virtio'): NewDisk => ({
  driver: bus === 'nvme' ? 'nvme' : 'virtio-blk-pci',
  id: deviceOf(volume, port),
  bus: `rp${port}`,
  drive: volume,
  serial: serialOf(volume),
});

/** An interface, as QEMU is told of it. */
export type NewInterface = Pick<MachineSpec['interfaces'][number], 'id' | 'mac'>;

/** The socket at which QEMU waits for the switch; it runs in the machine's folder. */
export const netdevOf = (id: string, folder: string): NewNetdev => ({
  ...{ type: 'stream', id, server: true },
  addr: { type: 'unix', path: wireOf(folder, id).slice(folder.length + 1) },
});

/** What `device_add` plugs in for an interface. */
export const nicDevice = ({ id, mac }: NewInterface, port: number): NewNic => ({
  ...{ driver: 'virtio-net-pci', id: deviceOf(id, port), bus: `rp${port}`, netdev: id },
  ...{ mac, host_mtu: 9001, romfile: '' },
});

/** The arguments of QEMU for a machine. */
export function commandLine(asked: Asked): readonly string[] {
  const { id, folder, spec, boot, firmware } = asked;
  const nics = spec.interfaces.flatMap((nic, at) => nicOf(folder, nic, at));
  const disks = asked.disks.flatMap((disk, at) => diskOf(asked, disk, at));
  const ownDisks = (asked.ownDisks ?? []).flatMap((disk, at) => ownDiskOf(asked, disk, at));
  return [
    ...['-name', `guest=${id},process=${id}`, '-uuid', machineUuid(id), '-pidfile', pidFileOf(folder)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none'],
    ...['-machine', `q35,vmport=off,smm=off,sata=off,smbus=off,hpet=off${firmware ? flashed : ''}`],
    ...(firmware === undefined
      ? []
      : [...flash('firmware', firmware.code, true), ...flash('nvram', firmware.variables)]),
    ...['-accel', asked.acceleration === 'tcg' ? 'tcg,tb-size=64' : asked.acceleration],
    ...['-cpu', asked.acceleration === 'tcg' ? 'max' : 'host'],
    ...['-smp', `${asked.vcpus},sockets=1`, '-m', `${asked.memoryMiB}M`],
    // A guest that panicked goes on: it may restart itself, as on EC2.
    ...['-action', 'reboot=reset,shutdown=pause,panic=none', '-device', 'pvpanic'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...identity(id, spec),
    ...names.monitors.flatMap((path, at) => [
      ...['-chardev', `socket,id=qmp${at},path=${path},server=on,wait=off`],
      ...['-mon', `chardev=qmp${at},mode=control`],
    ]),
    ...['-chardev', `socket,id=serial,path=${names.serial},server=on,wait=off,logfile=${names.console},logappend=on`],
    ...['-serial', 'chardev:serial', '-device', 'virtio-rng-pci', ...screen],
    ...rootPorts(),
    ...nics,
    ...disks,
    ...ownDisks,
    ...(boot === undefined ? [] : bootOf(boot)),
  ];
}

/** The device of the screen, by which QEMU knows whether a machine has one. */
export const screenDevice = 'screen';

/**
 * VGA: firmware, boot loaders and kernels write text to it without a driver. Its memory is used as far as it is written to, and
 * enough for 1920 by 1080. Who looks at it comes through a socket in the folder; a second does not throw out the first.
 */
const screen = [
  ...['-device', `VGA,id=${screenDevice},vgamem_mb=8`],
  ...['-vnc', `unix:${names.screen},share=force-shared`],
];

/** The nodes of both flash memories. */
const flashed = ',pflash0=firmware,pflash1=nvram';

const flash = (node: string, { file, format }: Flash, readOnly = false): readonly string[] => [
  '-blockdev',
  JSON.stringify({
    driver: format,
    'node-name': node,
    'read-only': readOnly,
    file: { driver: 'file', filename: file },
  }),
];

/** What cloud-init's EC2 data source knows EC2 by: a UUID that begins with `ec2`, the same as serial number, and the vendor. */
function identity(id: string, spec: MachineSpec): readonly string[] {
  const uuid = machineUuid(id);
  return [
    ...['-smbios', 'type=0,vendor=Amazon EC2,version=1.0'],
    ...['-smbios', `type=1,manufacturer=Amazon EC2,product=${spec.instanceType},uuid=${uuid},serial=${uuid}`],
    ...['-smbios', `type=3,manufacturer=Amazon EC2,asset=${id}`],
  ];
}

/** Eight in each slot, one a function. */
function rootPorts(): readonly string[] {
  return Array.from({ length: ports }, (_, n) => {
    const many = n % 8 === 0 ? ',multifunction=on' : '';
    return ['-device', `pcie-root-port,id=rp${n},chassis=${n + 1},slot=${n},addr=0x${8 + (n >> 3)}.${n % 8}${many}`];
  }).flat();
}

function nicOf(folder: string, nic: NewInterface, port: number): readonly string[] {
  return [
    ...['-netdev', JSON.stringify(netdevOf(nic.id, folder))],
    ...['-device', JSON.stringify(nicDevice(nic, port))],
  ];
}

/** A kernel without ramdisk has to have the driver built in: that is NVMe's. */
const busOf = ({ boot }: Asked) => (boot !== undefined && boot.ramdisk === undefined ? 'nvme' : 'virtio');

/** Behind the volumes, so that those have the names that they have without it. */
function ownDiskOf(asked: Asked, { name, file }: OwnDisk, at: number): readonly string[] {
  const node = { driver: 'raw', 'node-name': name, discard: 'unmap' };
  const device = diskDevice(name, asked.spec.interfaces.length + asked.disks.length + at, busOf(asked));
  return [
    ...['-blockdev', JSON.stringify({ ...node, file: { driver: 'file', filename: file, discard: 'unmap' } })],
    ...['-device', JSON.stringify(device)],
  ];
}

function diskOf(asked: Asked, { volume, file }: Asked['disks'][number], at: number): readonly string[] {
  const { spec, boot } = asked;
  const device = diskDevice(volume, spec.interfaces.length + at, busOf(asked));
  return [
    ...['-blockdev', JSON.stringify(blockNode(volume, file))],
    ...['-device', JSON.stringify({ ...device, ...(boot === undefined && { bootindex: at }) })],
  ];
}

const bootOf = ({ kernel, ramdisk, commandLine: words }: Boot): readonly string[] => [
  ...['-kernel', kernel],
  ...(ramdisk === undefined ? [] : ['-initrd', ramdisk]),
  ...(words === undefined ? [] : ['-append', words]),
];
