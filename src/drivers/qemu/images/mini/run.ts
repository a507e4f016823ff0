import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DriverError } from '../../../../ports/driver.ts';

const exec = promisify(execFile);

export interface Run {
  readonly cwd?: string;
}

const apt =
  'the image is made of Debian’s packages, which apt fetches; a folder that has them all does, too (--packages)';

/** What to do where a program is missing that images are made with. */
const advice: Readonly<Record<string, string>> = {
  'apt-cache': apt,
  'apt-get': apt,
  'dpkg-deb': 'it unpacks Debian’s packages (Debian and Fedora: install dpkg)',
  xz: 'it unpacks kernel modules (Debian: apt-get install xz-utils)',
};

/** What a program says, on both its outputs. It is run without a shell; one that is missing or fails is named in one line. */
export async function run(program: string, args: readonly string[], { cwd }: Run = {}) {
  const env = { ...process.env, LC_ALL: 'C' };
  try {
    return await exec(program, args, { ...(cwd && { cwd }), env, maxBuffer: 64 * 2 ** 20 });
  } catch (cause) {
    throw new DriverError('invalid', whyNot(program, cause as Failure), { cause });
  }
}

interface Failure extends Error {
  readonly code?: string | number;
  readonly stderr?: string;
}

function whyNot(program: string, { code, stderr, message }: Failure): string {
  if (code === 'ENOENT') return `${program} is not there: ${advice[program] ?? 'it is part of a package'}`;
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('W:'));
  return `${program} failed: ${lines.at(-1)?.replace(/^E: /, '') ?? message}`;
}
