import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { onPath } from '../../drivers/qemu/host.ts';
import { processOf } from '../../drivers/qemu/machines/processes.ts';
import { type HostPort, hostPortOf, type Unreachable } from '../../drivers/qemu/network/hostPort.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import type { Where } from '../qemuFolder.ts';
import { needInstance, onEnding } from './instance.ts';
import { whyNotReached } from './reached.ts';

export interface SshFlags extends Where {
  readonly login?: string;
}

const port = 22;

const whyNot: Readonly<Record<Unreachable, (id: string) => string>> = {
  ...whyNotReached,
  'no-rule': (id) => `no security group of ${id} lets in port ${port} (from 203.0.113.1, which is this computer)`,
  'not-open': (id) =>
    `this computer does not listen for port ${port} of ${id}; switch.log in the region’s folder tells why`,
};

/** `elsewhere ssh ID`: the system's `ssh`, told where the machine is; its exit code is this program's. */
export async function runSsh(
  settings: Settings,
  id: string,
  args: readonly string[],
  { login, ...where }: SshFlags,
): Promise<void> {
  const { folder, folders, record } = await needInstance(settings, id, where);
  const program = onPath('ssh');
  if (program === undefined)
    throw new Problem('usage', 'ssh is not there: install OpenSSH (on Debian: apt-get install openssh-client)');
  if ((await processOf(folder)) === undefined) throw new Problem('notReady', `${id} is off`);
  const at = await hostPortOf(record.spec, port, folders);
  if (typeof at === 'string') throw new Problem('notReady', whyNot[at](id));
  process.exitCode = await run(program, sshArguments(id, folder, at, login, args));
}

/**
 * What `ssh` is told. Machines come and go at the same addresses: the keys of each are its own, in its folder, and go with it.
 */
export function sshArguments(
  id: string,
  folder: string,
  at: HostPort,
  login: string | undefined,
  args: readonly string[],
): readonly string[] {
  const known = join(folder, 'known_hosts');
  return [
    ...['-o', `UserKnownHostsFile=${quoted(known)}`, '-o', `HostKeyAlias=${id}`],
    ...['-o', 'StrictHostKeyChecking=accept-new', '-p', String(at.port)],
    ...(login === undefined ? [] : ['-l', login]),
    // Options are taken behind the address, too; the first other word begins the command.
    ...[at.address, ...args],
  ];
}

/** A path as a value in ssh's configuration, where `%` has a meaning and spaces divide. */
const quoted = (path: string): string => `"${path.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;

/** Runs a program with this one's standard streams; gives its exit code. What it does about Ctrl-C is its own matter. */
async function run(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; the others come to this program alone.
  const forget = onEnding((signal) => {
    if (signal !== 'SIGINT') child.kill(signal);
  });
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal!];
  } finally {
    forget();
  }
}
