import { existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import { bestAcceleration, howToAccelerate, kvmDevice } from '../../drivers/qemu/acceleration.ts';
import { findFirmware, howToInstallFirmware } from '../../drivers/qemu/firmware.ts';
import { hasScreens, howToHaveScreens, howToInstall, isNewEnough, versionOf } from '../../drivers/qemu/host.ts';
import { loopbackOf } from '../../drivers/qemu/loopback.ts';
import type { Settings } from '../config/settings.ts';
import { qemuFolder } from '../qemuFolder.ts';
import type { Finding } from './doctor.ts';

/** What is asked of the computer, besides its programs. */
export interface Computer {
  freeMemory(): number;
  /** Of the disk that a folder is on. */
  freeDisk(folder: string): number;
  /** The file of the UEFI firmware. */
  firmware(): string | undefined;
  howToAccelerate(): string;
  /** The code of the error of listening at an address; undefined: it can be done. */
  whyNotListening(host: string, port: number): Promise<string | undefined>;
}

const thisComputer: Computer = {
  freeMemory: freemem,
  freeDisk: (folder) => {
    let there = folder;
    while (!existsSync(there)) there = dirname(there);
    const { bavail, bsize } = statfsSync(there);
    return bavail * bsize;
  },
  firmware: () => findFirmware()?.code.file,
  howToAccelerate: () => howToAccelerate(process.platform, kvmDevice()),
  whyNotListening: (host, port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      server.listen(port, host, () => server.close(() => resolve(undefined)));
    }),
};

/** What this computer can do for each region of real machines. Without such a region: whether it could have one. */
export async function realMachines(
  settings: Pick<Settings, 'qemu' | 'data'>,
  computer = thisComputer,
): Promise<readonly Finding[]> {
  const regions = Object.keys(settings.qemu);
  if (regions.length > 0)
    return (await Promise.all(regions.map((region) => ofRegion(settings, region, computer)))).flat();
  const version = versionOf('qemu-system-x86_64');
  if (version === undefined) return [{ what: 'QEMU', fact: 'not there, and not needed' }];
  return [{ what: 'QEMU', fact: `${version}; --region local-1=qemu makes a region of real machines` }];
}

async function ofRegion(
  settings: Pick<Settings, 'qemu' | 'data'>,
  region: string,
  computer: Computer,
): Promise<readonly Finding[]> {
  const { binaries } = settings.qemu[region]!;
  const programs = [binaries.qemu, binaries.qemuImg].map((program) => programOf(program, binaries.qemu));
  const folder = qemuFolder(settings, region);
  const runs = programs.every(({ problem }) => problem === undefined);
  const found = [
    ...programs,
    // What cannot be run tells nothing of that.
    ...(runs ? [await acceleration(binaries.qemu, computer)] : []),
    firmware(computer),
    memory(computer),
    disk(folder, computer),
    await addresses(folder, computer),
  ];
  return found.map(({ what, ...rest }) => ({ what: `${region}: ${what}`, ...rest }));
}

function programOf(program: string, qemu: string): Finding {
  const version = versionOf(program);
  if (version === undefined) return { what: program, fact: 'not there', problem: howToInstall };
  const old = !isNewEnough(version);
  const problem = old ? 'too old; install 7.2 or later' : program === qemu && !hasScreens(qemu) && howToHaveScreens;
  return { what: program, fact: version, ...(problem && { problem }) };
}

async function acceleration(qemu: string, computer: Computer): Promise<Finding> {
  const what = 'acceleration';
  const found = await bestAcceleration(qemu);
  if (found !== 'tcg') return { what, fact: `${found} works` };
  const slow = 'tcg: guests run, some ten times slower than with KVM or HVF, which do not work here';
  return { what, fact: `${slow}. To have them, ${computer.howToAccelerate()}` };
}

const firmware = (computer: Computer): Finding => ({
  what: 'UEFI firmware',
  fact:
    computer.firmware() ??
    `not there; images that boot by UEFI only are refused, others boot by BIOS. To have it, ${howToInstallFirmware}`,
});

const MiB = 2 ** 20;

/** The smallest machine, t2.nano, and what its QEMU and the switch take besides. */
const enoughMemory = 768 * MiB;

function memory(computer: Computer): Finding {
  const free = computer.freeMemory();
  const fact = `${Math.floor(free / MiB)} MiB free`;
  const problem = 'too little for the smallest machine (t2.nano, 512 MiB): close something';
  return { what: 'memory', fact, ...(free < enoughMemory && { problem }) };
}

/** A root volume of a distribution takes as much when it is used for a while. */
const enoughDisk = 2048 * MiB;

function disk(folder: string, computer: Computer): Finding {
  const free = computer.freeDisk(folder);
  const fact = `${folder}, ${Math.floor(free / MiB)} MiB free`;
  const problem = 'free some, or choose another folder with qemu.REGION.folder';
  return { what: 'disk', fact, ...(free < enoughDisk && { problem }) };
}

/** SSH's port stands for all below 1,024. */
const sshPort = 22;

/** Whether machines can be reached at their public addresses, and at which ports. */
async function addresses(folder: string, computer: Computer): Promise<Finding> {
  const what = 'public addresses';
  const { automatic } = loopbackOf(folder);
  // The first of the block, which no machine is given.
  const first = automatic.replace(/\/.*/, '');
  const why = await computer.whyNotListening(first, sshPort);
  if (why === undefined) return { what, fact: `in ${automatic}, every port can be had` };
  if (why === 'EADDRNOTAVAIL') {
    const mend = `give it those that machines have (macOS: ifconfig lo0 alias ${first.replace(/0$/, '1')}, and so on)`;
    const instead = 'ports of machines are at 127.0.0.1, between 20,000 and 59,999; elsewhere ports ID lists them';
    return {
      what,
      fact: `this system has no other address of its loopback network: ${instead}. To have them, ${mend}`,
    };
  }
  const mend =
    why === 'EACCES'
      ? 'only root may listen below 1,024. To have it at 22 (Linux): sysctl net.ipv4.ip_unprivileged_port_start=22, which lets all'
      : 'a service of this computer has port 22 at every address. To have it at 22, let that listen at its own address alone (sshd: ListenAddress)';
  return { what, fact: `in ${automatic}; SSH is at port 10022: ${mend}` };
}
