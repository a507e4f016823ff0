import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../dist/elsewhere.js');

/** Quick, and yet long enough that a kill finds every state on the way. */
const config = `simulator:
  delays: { launch: 150, boot: 100, terminate: 150, volume: 100, volumeDelete: 50 }
`;

/** A server in a process of its own. */
export interface ServerProcess {
  readonly endpoint: string;
  /** Ends it as the system does: no handler runs. */
  kill(): Promise<void>;
  /** Asks it to stop, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts the built program on a folder. */
export async function startServer(data: string): Promise<ServerProcess> {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`);
  const file = join(data, 'test.yaml');
  writeFileSync(file, config);
  const options = ['--data', data, '--config', file, '--auth', 'open', '--port', '0', '--log-level', 'error'];
  const child = spawn(process.execPath, [program, 'serve', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const endpoint = await Promise.race([
    endpointOf(child),
    exited.then(([code]) => Promise.reject(new Error(`the server ended with ${code} at its start`))),
  ]);
  return {
    endpoint,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0] as number | null;
    },
  };
}

function endpointOf({ stdout, stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    stdout!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /endpoint\s+(http:\S+)/.exec(said);
      if (found) resolve(found[1]!);
    });
    stderr!.on('data', (chunk: Buffer) => process.stderr.write(chunk));
  });
}
