import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { QemuImgParts } from './disks/qemuImg.ts';

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
