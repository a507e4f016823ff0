import { existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { bestAcceleration } from '../../drivers/qemu/acceleration.ts';
import { findFirmware, howToInstallFirmware } from '../../drivers/qemu/firmware.ts';
import { howToInstall, isNewEnough, versionOf } from '../../drivers/qemu/host.ts';
import { loopbackOf } from '../../drivers/qemu/loopback.ts';
import type { Settings } from '../config/settings.ts';
import { qemuFolder } from '../qemuFolder.ts';
import type { Finding } from './doctor.ts';

/** What this computer can do for each region of real machines. Without such a region: whether it could have one. */
export async function realMachines(settings: Settings): Promise<readonly Finding[]> {
  const regions = Object.keys(settings.qemu);
  if (regions.length > 0) return (await Promise.all(regions.map((region) => ofRegion(settings, region)))).flat();
  const version = versionOf('qemu-system-x86_64');
  if (version === undefined) return [{ what: 'QEMU', fact: 'not there, and not needed' }];
  return [{ what: 'QEMU', fact: `${version}; --region local-1=qemu makes a region of real machines` }];
}

async function ofRegion(settings: Settings, region: string): Promise<readonly Finding[]> {
  const { binaries } = settings.qemu[region]!;
  const programs = [binaries.qemu, binaries.qemuImg].map((program): Finding => {
    const what = `${region}: ${program}`;
    const version = versionOf(program);
    if (version === undefined) return { what, fact: 'not there', problem: howToInstall };
    return { what, fact: version, ...(!isNewEnough(version) && { problem: 'too old; install 7.2 or later' }) };
  });
  if (programs.some(({ problem }) => problem !== undefined)) return programs;
  const folder = qemuFolder(settings, region);
  return [
    ...programs,
    await acceleration(settings, region),
    firmware(region),
    disk(region, folder),
    await addresses(region, folder),
  ];
}

async function acceleration(settings: Settings, region: string): Promise<Finding> {
  const what = `${region}: acceleration`;
  const found = await bestAcceleration(settings.qemu[region]!.binaries.qemu);
  const slow = 'tcg: guests run, some ten times slower than with KVM or HVF, which do not work here';
  return { what, fact: found === 'tcg' ? slow : `${found} works` };
}

const firmware = (region: string): Finding => ({
  what: `${region}: UEFI firmware`,
  fact:
    findFirmware()?.code.file ??
    `not there; images that boot by UEFI only are refused, others boot by BIOS. To have it, ${howToInstallFirmware}`,
});

/** A root volume of a distribution takes as much when it is used for a while. */
const enoughBytes = 2 * 2 ** 30;

function disk(region: string, folder: string): Finding {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const fact = `${folder}, ${Math.floor(free / 2 ** 20)} MiB free`;
  const what = `${region}: disk`;
  return {
    what,
    fact,
    ...(free < enoughBytes && { problem: 'free some, or choose another folder with qemu.REGION.folder' }),
  };
}

/** SSH's port stands for all below 1,024. */
const sshPort = 22;

/** Whether machines can be reached at their public addresses, and at which ports. */
async function addresses(region: string, folder: string): Promise<Finding> {
  const what = `${region}: public addresses`;
  const { automatic } = loopbackOf(folder);
  // The first of the block, which no machine is given.
  const why = await whyNotListening(automatic.replace(/\/.*/, ''), sshPort);
  if (why === undefined) return { what, fact: `in ${automatic}, every port can be had` };
  if (why === 'EADDRNOTAVAIL')
    return { what, fact: 'this system has only 127.0.0.1 of its loopback network: they answer nobody' };
  const mend =
    why === 'EACCES'
      ? 'only root may listen below 1,024 (Linux: sysctl net.ipv4.ip_unprivileged_port_start=22 lets all)'
      : 'a service of this computer has port 22 at every address';
  return { what, fact: `in ${automatic}; SSH is at port 10022: ${mend}` };
}

const whyNotListening = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
