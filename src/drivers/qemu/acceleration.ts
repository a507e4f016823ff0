import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { versionOf } from './host.ts';
import { readRecord, writeRecord } from './records.ts';

/** How guests run: by the processor itself, as Linux or macOS let them, or translated. */
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
/** How long such a guest has, in milliseconds: it takes a fraction of a second, or does not end. */
const probeMs = 5_000;
/** What QEMU ends with when the guest wrote 0x10: twice that, and one. */
const works = 33;

/** Whether guests run with this acceleration: one is run. */
export async function runsGuests(binary: string, acceleration: Acceleration, patienceMs = probeMs): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-probe-'));
  try {
    const rom = Buffer.alloc(65_536);
    probe.copy(rom);
    Buffer.from([0xe9, 0x0d, 0x00]).copy(rom, 0xfff0);
    writeFileSync(join(folder, 'probe.bin'), rom);
    return (await exitOf(binary, argumentsFor(acceleration, join(folder, 'probe.bin')), patienceMs)) === works;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A machine with the very processor that machines here have, and a port that ends it. */
const argumentsFor = (acceleration: Acceleration, rom: string): readonly string[] => [
  ...['-machine', 'pc', '-accel', acceleration, '-cpu', acceleration === 'tcg' ? 'max' : 'host', '-m', '16'],
  ...['-nodefaults', '-display', 'none', '-no-reboot'],
  ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=1', '-bios', rom],
];

/** What a program ends with; null: it could not be started, or had to be ended. */
function exitOf(binary: string, args: readonly string[], patienceMs: number): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(binary, args, { stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
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

/** What might accelerate guests on this computer; undefined: nothing. */
export const candidateHere = (): 'kvm' | 'hvf' | undefined =>
  process.platform === 'darwin' ? 'hvf' : existsSync('/dev/kvm') ? 'kvm' : undefined;

/** The acceleration that really works here: a guest is run with what might. */
export async function bestAcceleration(binary: string, candidate = candidateHere()): Promise<Acceleration> {
  return candidate !== undefined && (await runsGuests(binary, candidate)) ? candidate : 'tcg';
}

/** What is asked about the computer. */
export interface Here {
  readonly boot: () => Promise<string>;
  readonly best: (binary: string) => Promise<Acceleration>;
}

/** The acceleration that really works here. It is found out once for each start of the host and version of QEMU. */
export async function accelerationHere(
  binary: string,
  folder: string,
  { boot, best }: Here = { boot: bootIdOf, best: bestAcceleration },
): Promise<Acceleration> {
  const path = join(folder, 'acceleration.json');
  const now = { boot: await boot(), version: versionOf(binary) };
  const known = (await readRecord<Partial<typeof now> & { found?: Acceleration }>(path)) ?? {};
  if (known.found !== undefined && known.boot === now.boot && known.version === now.version) return known.found;
  const found = await best(binary);
  await writeRecord(path, { ...now, found });
  return found;
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
