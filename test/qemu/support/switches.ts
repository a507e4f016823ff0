import { readdir, readFile } from 'node:fs/promises';

/** The processes of switches whose folder is below this one. */
export async function switchesBelow(root: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).map(Number).filter((one) => one > 1)) {
    const [, , command, folder] = (await argumentsOf(pid)).split('\0');
    if (command === 'switch' && folder?.startsWith(`${root}/`)) found.push(pid);
  }
  return found;
}

const argumentsOf = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/cmdline`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
    throw error;
  });
