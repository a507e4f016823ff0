import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2 } from '@aws-sdk/client-ec2';
import { type Change, changesOf } from '../../postgres/support/audit.ts';
import { startCluster } from '../../postgres/support/cluster.ts';
import { createDatabase, type TestDatabase } from '../../postgres/support/database.ts';
import { elsewhere, type Running } from '../../postgres/support/elsewhere.ts';
import type { Bed } from './bed.ts';
import { region } from './server.ts';

/** Two servers and a worker. */
export type Name = 'one' | 'other' | 'worker';

/** An operation that a process had in hand. */
export interface Held {
  readonly id: string;
  readonly name: string;
  readonly subject: string;
}

/** Two servers and a worker on one PostgreSQL, all of them processes of the built program, in front of the bed. */
export interface Processes {
  readonly database: TestDatabase;
  /** A client of a server that signs as the project and asks once. */
  ec2(name: 'one' | 'other'): EC2;
  /**
   * Ends a process as a power cut would, while it has one of these operations in hand; tells which it had.
   * @param work done over and over until then: which process takes an operation is between them. Its last round is waited for.
   */
  killAtWork(name: Name, operations: readonly string[], work?: () => Promise<unknown>): Promise<readonly Held[]>;
  /** Starts what does not run. */
  revive(): Promise<void>;
  /** Process ids of those that were killed. */
  readonly killed: readonly number[];
  /** Claims of what a killed process had in hand, by those that remained. */
  inherited(): Promise<readonly Change[]>;
  /** What the processes have logged as errors, those that were killed, too. */
  errors(): readonly string[];
  close(): Promise<void>;
}

/** @throws where PostgreSQL is not installed */
export async function openProcesses(bed: Bed): Promise<Processes> {
  const cluster = await startCluster();
  const database = await createDatabase(cluster.url);
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-openstack-'));
  const config = join(folder, 'elsewhere.yaml');
  const cloud = { cloud: 'elsewhere', clouds: bed.cloudsYaml, aliases: { 't3.micro': bed.flavors[0]!.name } };
  // JSON is YAML, too.
  writeFileSync(config, JSON.stringify({ region: { [region]: 'openstack' }, openstack: { [region]: cloud } }));
  const program = await elsewhere(database.url, ['--config', config, '--auth', 'keystone']);
  const running = new Map<Name, Running>();
  const all: Running[] = [];
  const killed: number[] = [];
  const { access: accessKeyId, secret: secretAccessKey } = bed.users.demo.ec2;
  return {
    database,
    killed,
    ec2: (name) =>
      new EC2({
        ...{ endpoint: running.get(name)!.endpoint, region, maxAttempts: 1 },
        credentials: { accessKeyId, secretAccessKey },
      }),
    async killAtWork(name, operations, work) {
      const process = running.get(name)!;
      const kill = async () => {
        const held = await frozenAtWork(database, process.pid, operations);
        await process.kill();
        killed.push(process.pid);
        running.delete(name);
        return held;
      };
      return work === undefined ? kill() : meanwhile(work, kill);
    },
    async revive() {
      const missing = (['one', 'other', 'worker'] as const).filter((name) => !running.has(name));
      const start = (name: Name) => (name === 'worker' ? program.worker() : program.serve());
      for (const [name, started] of await Promise.all(
        missing.map(async (name) => [name, await start(name)] as const),
      )) {
        running.set(name, started);
        all.push(started);
      }
    },
    inherited: async () =>
      (await changesOf(database)).filter(
        ({ owner_before: before, fence, fence_before: earlier }) =>
          before !== null && fence! > earlier! && killed.some((pid) => isOf(before, pid)),
      ),
    errors: () => all.flatMap(({ log }) => log().match(/.*"level":50.*/g) ?? []),
    async close() {
      await program.close();
      await database.drop();
      await cluster.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Works over and over while something else is done, and until the last round has ended. */
async function meanwhile<T>(work: () => Promise<unknown>, done: () => Promise<T>): Promise<T> {
  let over = false;
  const rounds = async () => {
    while (!over) await work();
  };
  const other = done().finally(() => {
    over = true;
  });
  const [, result] = await Promise.all([rounds(), other]);
  return result;
}

/** Whether a lease is one of a process: its owner's name has the process id in the middle. */
const isOf = (owner: string, pid: number): boolean => owner.split('/')[1] === String(pid);

/**
 * Stops a process (it holds still) at a moment when it has one of these operations in hand. Whether it still has one is only
 * known once it holds still: if not, it goes on, and the next moment is waited for.
 */
async function frozenAtWork(database: TestDatabase, pid: number, operations: readonly string[]) {
  const look = async () => {
    const rows = await database.rows<{ id: string; name: string; subject: string; lease_owner: string | null }>(
      'select id, name, subject, lease_owner from operation where lease_owner is not null',
    );
    return rows.filter(({ name, lease_owner: owner }) => operations.includes(name) && isOf(owner!, pid));
  };
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if ((await look()).length === 0) continue;
    process.kill(pid, 'SIGSTOP');
    const held = await look();
    if (held.length > 0) return held;
    process.kill(pid, 'SIGCONT');
  }
  throw new Error(`process ${pid} had none of ${operations} in hand within a minute`);
}
