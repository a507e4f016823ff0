import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir, uptime } from 'node:os';
import { delimiter, join } from 'node:path';
import type { QemuImgParts } from './disks/qemuImg.ts';
import { readRecord, writeRecord } from './records.ts';

/** The oldest QEMU that has the wires of our switch (`-netdev stream`). */
const oldest = [7, 2] as const;

/** What has to be done where QEMU is missing or too old. */
export const howToInstall = 'install it (Debian: apt-get install qemu-system-x86 qemu-utils)';

/** The version of a QEMU program; undefined when there is none. */
export function versionOf(binary: string): string | undefined {
  try {
    const said = execFileSync(binary, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return / version ([\d.]+)/.exec(said)?.[1] ?? 'unknown';
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Whether a version is new enough. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** What has to be done where a QEMU is built without what screens take. */
export const howToHaveScreens =
  'it has no VNC, which screens take: install one that is built with it (Debian: qemu-system-x86)';

/** Whether machines can have a screen: a QEMU that was built without VNC ends at the option that each is started with. */
export function hasScreens(binary: string): boolean {
  return spawnSync(binary, ['-vnc', 'unix:none', '-version'], { stdio: 'ignore' }).status === 0;
}

/** Why machines cannot run with these programs, in one line with what to do; undefined: they can. */
export function whyNoMachines(binaries: { readonly qemu: string; readonly qemuImg: string }): string | undefined {
  for (const binary of [binaries.qemu, binaries.qemuImg]) {
    const version = versionOf(binary);
    if (version === undefined) return `${binary} is not there: ${howToInstall}`;
    if (!isNewEnough(version)) return `${binary} is version ${version}; it takes ${oldest.join('.')} or later`;
  }
  return hasScreens(binaries.qemu) ? undefined : `${binaries.qemu}: ${howToHaveScreens}`;
}

/** The path of a program that is on the search path. */
export const onPath = (program: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));

/** What limits programs, where it is there (Linux: util-linux). */
export const prlimitHere = (): string | undefined => onPath('prlimit');

/** What runs the disk tool, and limits it where there is a tool for that. */
export function diskTool(binary: string): QemuImgParts {
  const prlimit = prlimitHere();
  return { binary, ...(prlimit !== undefined && { prlimit }) };
}

export type Acceleration = 'kvm' | 'hvf' | 'tcg';

/**
 * 222 bytes that set up paging, enter 64-bit mode, call and compute, and write 0x10 to port 0xf4. Whether a device file is
 * there, opens, and makes machines and processors proves nothing: only code that ran in a guest does.
 */
const probe = Buffer.from(
  '+jHAjsCO0L8AELkAFGYxwPxm86smZscGABADIAAAJmbHBgAgAzAAACZmxwYYIANAAAAmZscGADCDAAAAJmbHBvhPgwDg/y5mDwEW2ABmuCAA' +
    'AAAPIuBmuAAQAAAPIthmuYAAAMAPMmYNAAEAAA8wZrgRAACADyLAZuqAAP//CAC4eFY0EkjHxABwAABIiQQlAIAAAEgBBCUAgAAA6BcAAABI' +
    'gTwlAIAAAPGsaCR1BLAQ5vSwIOb09Ej/BCUAgAAAw420AACNdAAAAAAAAAAAAP//AAAAmq8ADwDIAP//',
  'base64',
);
const probeMs = 5_000;
/** What QEMU ends with when the guest wrote 0x10: twice that, and one. */
const works = 33;

/** Whether guests run with this acceleration: one is run. */
export async function runsGuests(binary: string, acceleration: Acceleration): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-probe-'));
  try {
    const rom = Buffer.alloc(65_536);
    probe.copy(rom);
    Buffer.from([0xe9, 0x0d, 0x00]).copy(rom, 0xfff0);
    writeFileSync(join(folder, 'probe.bin'), rom);
    return (await exitOf(binary, acceleration, join(folder, 'probe.bin'))) === works;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function exitOf(binary: string, acceleration: Acceleration, rom: string): Promise<number | null> {
  const cpu = acceleration === 'tcg' ? 'max' : 'host';
  const machine = [
    '-machine',
    'pc',
    '-accel',
    acceleration,
    '-cpu',
    cpu,
    '-m',
    '16',
    '-nodefaults',
    '-display',
    'none',
  ];
  const exit = ['-no-reboot', '-device', 'isa-debug-exit,iobase=0xf4,iosize=1', '-bios', rom];
  return new Promise((resolve) => {
    const child = spawn(binary, [...machine, ...exit], { stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), probeMs);
    const over = (code: number | null): void => {
      clearTimeout(timer);
      resolve(code);
    };
    child.once('error', () => over(null));
    child.once('exit', over);
  });
}

/** What is different after each start of the host. */
export async function bootIdOf(): Promise<string> {
  if (process.platform === 'linux') return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return String(Math.round((Date.now() / 1000 - uptime()) / 60));
}

/** The acceleration that really works here. It is found out once for each start of the host and version of QEMU. */
export async function accelerationHere(binary: string, folder: string): Promise<Acceleration> {
  const path = join(folder, 'acceleration.json');
  const now = { boot: await bootIdOf(), version: versionOf(binary) };
  const known = (await readRecord<Partial<typeof now> & { found?: Acceleration }>(path)) ?? {};
  if (known.found !== undefined && known.boot === now.boot && known.version === now.version) return known.found;
  const found = await bestAcceleration(binary);
  await writeRecord(path, { ...now, found });
  return found;
}

/** The acceleration that really works here: a guest is run with what might. */
export async function bestAcceleration(binary: string): Promise<Acceleration> {
  const candidate = process.platform === 'darwin' ? 'hvf' : existsSync('/dev/kvm') ? 'kvm' : undefined;
  return candidate !== undefined && (await runsGuests(binary, candidate)) ? candidate : 'tcg';
}

/** What KVM is to whoever runs this: not there, not for them, or there, whatever comes of it. */
export type KvmDevice = 'absent' | 'denied' | 'there';

export function kvmDevice(path = '/dev/kvm'): KvmDevice {
  if (!existsSync(path)) return 'absent';
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return 'there';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return 'denied';
    return 'absent';
  }
}

/** What has to be done where guests run by software alone, as far as this computer tells why. */
export function howToAccelerate(platform: NodeJS.Platform, kvm: KvmDevice): string {
  if (platform === 'darwin')
    return 'use a QEMU for this Mac’s own processor; machines here are x86_64, which HVF runs on Intel alone';
  if (platform !== 'linux') return 'use Linux with KVM, or a Mac with an Intel processor';
  if (kvm === 'denied') return 'let your user open /dev/kvm (usermod -aG kvm USER, and log in again)';
  if (kvm === 'there')
    return '/dev/kvm is there and runs no guest: this computer is a virtual machine or a container whose host has to allow virtualization in it';
  return 'switch on virtualization (VT-x, AMD-V) in the firmware, or in the host of this virtual machine, and load the module (modprobe kvm_intel or kvm_amd)';
}
