import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const entry = `${root}dist/elsewhere.js`;

/** Builds the command line where it is not current. */
export function built(): void {
  const script = "await (await import('./scripts/prepare/ready.js')).ready();";
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the command line could not be built: ${run.stderr}`);
}

/** What a command printed, and how it ended. */
export interface Ended {
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of who runs the tests reaches the program. */
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ELSEWHERE_')));

/** Runs the built command line to its end. */
export function elsewhere(args: readonly string[], env: NodeJS.ProcessEnv = {}): Ended {
  const run = spawnSync(process.execPath, [entry, ...args], {
    encoding: 'utf8',
    env: { ...clean, ...env },
    timeout: 30_000,
  });
  return { status: run.status ?? run.signal, stdout: run.stdout, stderr: run.stderr };
}

/** A server that runs as a process of its own. */
export interface Program {
  readonly process: ChildProcess;
  readonly port: number;
  readonly banner: string;
  readonly stderr: () => string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts `elsewhere serve` at a free port and waits for its banner. */
export async function serve(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Program> {
  const child = spawn(process.execPath, [entry, 'serve', '--port', '0', ...args], { env: { ...clean, ...env } });
  let stderr = '';
  let banner = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      banner += text;
      if (banner.includes('describe-instances')) resolve();
    });
    ended.then((code) => reject(new Error(`the server ended with ${code}: ${stderr}`)));
  });
  const port = Number(/endpoint\s+http:\/\/[^\s]*:(\d+)/.exec(banner)?.[1]);
  return { process: child, port, banner, stderr: () => stderr, ended };
}
