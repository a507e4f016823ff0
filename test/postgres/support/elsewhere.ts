import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EC2 } from '@aws-sdk/client-ec2';

export const region = 'us-east-1';

/** A running `serve` or `worker`. */
export interface Running {
  readonly pid: number;
  /** Where a server listens; empty for a worker. */
  readonly endpoint: string;
  /** What it wrote to standard error so far. */
  log(): string;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Asks it to end; gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts processes that share one database and one key. */
export interface Elsewhere {
  serve(): Promise<Running>;
  worker(): Promise<Running>;
  /** Ends what still runs and removes the files. */
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Builds what is not current, outside of this process: the scripts are not the tests' own code. */
async function build(): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'scripts', 'start.js'), '--version'], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the build ended with code ${code}: run npm run build`);
}

/** What the process prints once it works; throws when it ends before that. */
function said(child: ChildProcess, line: RegExp, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = line.exec(output);
      if (found) resolve(found[1] ?? '');
    });
    child.once('exit', (code) => reject(new Error(`ended with code ${code} while starting: ${log()}`)));
  });
}

async function running(child: ChildProcess, line: RegExp): Promise<Running> {
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return (await ended)[0];
  };
  const endpoint = await said(child, line, () => errors);
  return {
    pid: child.pid!,
    endpoint,
    log: () => errors,
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

/**
 * Prepares to run processes on a database. They run a copy of the build, which nobody replaces meanwhile.
 * @param options of every process; unless given, keys are not checked
 */
export async function elsewhere(database: string, options: readonly string[] = ['--auth', 'open']): Promise<Elsewhere> {
  await build();
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-processes-'));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'dist', 'package.json'), '{"type":"module"}');
  const entry = join(folder, 'dist', 'elsewhere.js');
  const shared = [...options, '--database', database, '--key-file', join(folder, 'key')];
  const all = new Set<ChildProcess>();
  const start = (args: readonly string[], line: RegExp) => {
    const child = spawn(process.execPath, [entry, ...args, ...shared, '--log-level', 'warn'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: dirname(entry),
    });
    all.add(child);
    return running(child, line);
  };
  return {
    serve: () => start(['serve', '--port', '0'], /endpoint\s+(http:\S+)/),
    worker: () => start(['worker'], /operations/),
    async close() {
      for (const child of all) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A client of one server, as an account, that asks once and waits for an answer no longer than 20 seconds. */
export function clientOf({ endpoint }: Pick<Running, 'endpoint'>, account: string): EC2 {
  return new EC2({
    endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: account, secretAccessKey: 'any' },
    requestHandler: { requestTimeout: 20_000, connectionTimeout: 5_000 },
  });
}
