import { bestAcceleration, howToInstall, isNewEnough, uefiFirmware, versionOf } from '../../drivers/qemu/host.ts';
import type { Settings } from '../config/settings.ts';
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
  return [...programs, await acceleration(settings, region), firmware(region)];
}

async function acceleration(settings: Settings, region: string): Promise<Finding> {
  const what = `${region}: acceleration`;
  const found = await bestAcceleration(settings.qemu[region]!.binaries.qemu);
  const slow = 'tcg: guests run, some ten times slower than with KVM or HVF, which do not work here';
  return { what, fact: found === 'tcg' ? slow : `${found} works` };
}

const firmware = (region: string): Finding => ({
  what: `${region}: UEFI firmware`,
  fact: uefiFirmware() ?? 'not there; images that need UEFI do not boot yet in any case',
});
