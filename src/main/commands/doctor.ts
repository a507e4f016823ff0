import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { needFolder, openStore, storeFile } from '../openStore.ts';
import { version } from '../version.ts';
import { realMachines } from './doctorQemu.ts';

/** One line of the doctor. */
export interface Finding {
  readonly what: string;
  /** Undefined: all is well. */
  readonly problem?: string;
  readonly fact: string;
}

/** Below this much free disk or memory a server is likely to fail soon. */
const enough = { diskBytes: 500 * 2 ** 20, memoryBytes: 200 * 2 ** 20 } as const;

/** `elsewhere doctor`: one line a check, with what to do about each that fails; exit code 1 when one does. */
export async function doctor(settings: Settings): Promise<void> {
  const findings = [
    nodeVersion(),
    memory(),
    await folder(settings),
    await store(settings),
    await port(settings),
    ...(await realMachines(settings)),
  ];
  console.log(`elsewhere ${version}`);
  for (const { what, problem, fact } of findings)
    console.log(
      `${problem === undefined ? 'ok     ' : 'PROBLEM'}  ${what}: ${fact}${problem === undefined ? '' : `: ${problem}`}`,
    );
  if (findings.some((finding) => finding.problem !== undefined)) process.exitCode = 1;
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const old = major < 20 || (major === 20 && minor < 19);
  return { what: 'Node', fact: process.versions.node, ...(old ? { problem: 'install Node 20.19 or later' } : {}) };
}

function memory(): Finding {
  const free = freemem();
  return {
    what: 'memory',
    fact: `${megabytes(free)} free`,
    ...(free < enough.memoryBytes ? { problem: 'close something' } : {}),
  };
}

async function folder({ data, memory: inMemory, database }: Settings): Promise<Finding> {
  const what = 'data folder';
  if (inMemory || database !== undefined) return { what, fact: 'not used' };
  try {
    if (!existsSync(data)) return { what, fact: `${data}, to be made at first use`, ...cannotBeMade(data) };
    needFolder(data);
    const { bavail, bsize } = statfsSync(data);
    const free = bavail * bsize;
    return {
      what,
      fact: `${data}, ${megabytes(free)} free`,
      ...(free < enough.diskBytes ? { problem: 'free some disk, or use --data' } : {}),
    };
  } catch (error) {
    return { what, fact: data, problem: (error as Error).message };
  }
}

/** Looks at the nearest folder above that is there: it must take another one. */
function cannotBeMade(path: string): { readonly problem?: string } {
  const above = dirname(path);
  if (!existsSync(above)) return cannotBeMade(above);
  try {
    accessSync(above, constants.W_OK | constants.X_OK);
    return statSync(above).isDirectory() ? {} : { problem: `${above} is not a folder; use --data` };
  } catch {
    return { problem: `nothing can be made in ${above}; use --data` };
  }
}

async function store(settings: Settings): Promise<Finding> {
  const what = 'store';
  if (settings.memory) return { what, fact: 'in memory' };
  if (settings.database === undefined && !existsSync(storeFile(settings.data)))
    return { what, fact: 'to be made at first use' };
  try {
    const opened = await openStore(settings, false);
    const pending = await opened.operations.pending();
    await opened.close();
    return { what, fact: `opens; ${pending} operations pending` };
  } catch (error) {
    return { what, fact: 'does not open', problem: (error as Error).message };
  }
}

async function port({ host, port: wanted }: Settings): Promise<Finding> {
  const what = 'port';
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(wanted, host, () => resolve(true));
  });
  if (!free)
    return {
      what,
      fact: `${host}:${wanted}`,
      problem: 'something listens there (a running Elsewhere?); stop it or use --port',
    };
  await new Promise((resolve) => probe.close(resolve));
  return { what, fact: `${host}:${wanted} is free` };
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
