import { spawn } from 'node:child_process';
import { inTurns, type Line, median } from './figures.ts';
import { makeDataFolder, startServer } from './server.ts';
import type { Servers } from './servers.ts';
import { pages } from './things.ts';

const rounds = 9;
const restMs = 3_000;

/** From the start of the process to the first good answer, on data that is there and on an empty folder. */
export async function starting(servers: Servers): Promise<readonly Line[]> {
  const used = servers.data(1_000);
  await servers.stop(1_000);
  const again = async (): Promise<number> => {
    const server = await startServer(used);
    await server.stop();
    return server.readyMs;
  };
  const fresh = async (): Promise<number> => {
    const data = makeDataFolder();
    const server = await startServer(data);
    await server.stop();
    data.remove();
    return server.readyMs;
  };
  await again();
  return [
    await line('ready to answer, 1,000 instances stored', again),
    await line('ready to answer, new data folder', fresh),
  ];
}

async function line(what: string, start: () => Promise<number>): Promise<Line> {
  const pair = await inTurns(rounds, start, nodeAlone);
  return {
    what,
    unit: 'ms',
    ours: pair.ours,
    reference: pair.reference,
    to: 'node -e 0',
    ratio: pair.ratio,
    target: { is: 'at most', value: 8, of: 'ratio' },
    details: { rounds: pair.rounds },
  };
}

function nodeAlone(): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', () => resolve(performance.now() - began));
  });
}

/** Resident memory: at rest after the start, and with a hundred thousand instances after all of them were described. */
export async function memory(servers: Servers): Promise<readonly Line[]> {
  await servers.stop(0);
  const idle = await servers.running(0);
  await idle.ask({ Action: 'DescribeRegions' });
  await new Promise((resolve) => setTimeout(resolve, restMs));
  const resting = await idle.meter('process_resident_memory_bytes');
  await servers.stop(0);
  const full = await servers.running(100_000);
  const seen: number[] = [];
  for await (const _ of pages(full, { Action: 'DescribeInstances', MaxResults: 1000 })) {
    seen.push(await full.meter('process_resident_memory_bytes'));
  }
  return [
    megabytes('memory at rest', resting, 150, {}),
    megabytes('memory with 100,000 instances, all described', Math.max(...seen), 400, {
      median: median(seen) / 1e6,
      last: seen.at(-1)! / 1e6,
    }),
  ];
}

const megabytes = (what: string, bytes: number, most: number, details: object): Line => ({
  what,
  unit: 'MB',
  ours: bytes / 1e6,
  reference: most,
  to: 'promised',
  ratio: bytes / 1e6 / most,
  target: { is: 'at most', value: most, of: 'figure' },
  details: { ...details },
});
