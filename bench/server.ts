import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { defaultDelays } from '../src/drivers/simulator/settings.ts';
import type { BareAnswer } from './bareServer.ts';
import { type Credentials, type Question, signer } from './sign.ts';

/** The build, copied by scripts/bench.js, so that another build meanwhile does not change what is measured. */
const entry = fileURLToPath(new URL('./server/elsewhere.js', import.meta.url));

/** The simulator takes no time, so that what is measured is ours. */
const simulated = () => ({
  simulator: { delays: Object.fromEntries(Object.keys(defaultDelays).map((name) => [name, 0])) },
});

/** A data folder with an account and its key, before or between servers. */
export interface DataFolder {
  readonly path: string;
  readonly account: string;
  readonly key: Omit<Credentials, 'port'>;
  remove(): void;
}

/**
 * Makes a data folder with the command line, as a user would.
 * @param config of the servers, for the account that is made; the simulator without delays unless given
 */
export function makeDataFolder(config: (account: string) => object = simulated): DataFolder {
  const path = mkdtempSync(join(tmpdir(), 'elsewhere-bench-'));
  folders.add(path);
  const cli = (...args: readonly string[]) =>
    execFileSync(process.execPath, [entry, ...args, '--data', path], { encoding: 'utf8' });
  const account = cli('account', 'create', 'bench').trim();
  const made = cli('key', 'create', account);
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(made)?.[1] ?? '';
  writeFileSync(join(path, 'bench.yaml'), stringify(config(account)));
  return {
    path,
    account,
    key: { accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY') },
    remove: () => {
      rmSync(path, { recursive: true, force: true });
      folders.delete(path);
    },
  };
}

/** A server that runs: the built bundle in a process of its own. */
export interface RunningServer {
  readonly credentials: Credentials;
  readonly pid: number;
  /** Milliseconds from the start of its process until it answered /readyz with 200. */
  readonly readyMs: number;
  /** Asks one question; the answer's body. @throws when it is refused */
  ask(question: Question): Promise<string>;
  /** An answer with its headers, for the bare server. */
  capture(question: Question): Promise<BareAnswer>;
  /** One of the meters that it shows at /metrics. */
  meter(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** What must not outlive this process, however it ends. */
const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

/** Starts a server: default settings, embedded store, verified signatures. Its log goes nowhere, after it was written. */
export async function startServer(data: DataFolder): Promise<RunningServer> {
  const began = performance.now();
  const options = [
    'serve',
    '--port',
    '0',
    '--data',
    data.path,
    '--auth',
    'keys',
    '--config',
    join(data.path, 'bench.yaml'),
  ];
  const child = spawn(process.execPath, [...(process.env.ELSEWHERE_BENCH_NODE?.split(' ') ?? []), entry, ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const port = await portOf(child);
  const url = `http://127.0.0.1:${port}`;
  while ((await fetch(`${url}/readyz`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 1));
  const readyMs = performance.now() - began;
  const credentials = { ...data.key, port };
  return {
    credentials,
    pid: child.pid!,
    readyMs,
    ask: async (question) => (await send(credentials, question)).text(),
    capture: (question) => capture(credentials, question),
    meter: async (name) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    },
    stop: () => stop(child),
  };
}

/** The port that the banner names. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}: ${said}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      if (found !== null) resolve(Number(found[1]));
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/** The same request that the load generator sends, through fetch. */
async function send(credentials: Credentials, question: Question): Promise<Response> {
  const [head, body] = signer(credentials)(question).toString().split('\r\n\r\n');
  const lines = head!.split('\r\n').slice(1);
  const headers = lines.map((line) => line.split(': ', 2) as [string, string]).filter(([name]) => !fetchOwn.has(name));
  const response = await fetch(`http://127.0.0.1:${credentials.port}/`, { method: 'POST', headers, body: body ?? '' });
  if (response.status === 200) return response;
  throw new Error(`${question.Action} was refused with ${response.status}: ${await response.text()}`);
}

/** Headers that fetch writes itself. */
const fetchOwn = new Set(['Host', 'Content-Length']);

/** Headers that every HTTP server of Node's writes itself. */
const nodeOwn = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

async function capture(credentials: Credentials, question: Question): Promise<BareAnswer> {
  const response = await send(credentials, question);
  const headers = [...response.headers].filter(([name]) => !nodeOwn.has(name));
  return { headers: Object.fromEntries(headers), body: new Uint8Array(await response.arrayBuffer()) };
}
