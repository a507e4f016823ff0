// @ts-check
/**
 * `node scripts/postgres.js -- command arguments…`: runs a command against a PostgreSQL cluster of its own.
 * The cluster lives in a temporary folder, listens on a free loopback port and on a socket in that folder, trusts
 * local connections, and keeps PostgreSQL's durable defaults. The command finds it in ELSEWHERE_TEST_POSTGRES. It is
 * stopped and removed at the end, and the exit code is the command's.
 */
import { startCluster } from './postgres/cluster.js';
import { NoPostgres } from './postgres/programs.js';
import { runCommand } from './prepare/command.js';

/** @param {readonly string[]} command */
async function main(command) {
  if (command.length === 0) {
    process.stderr.write('usage: node scripts/postgres.js -- command arguments…\n');
    return 2;
  }
  const cluster = await startCluster();
  try {
    return await runCommand(command, { ...process.env, ELSEWHERE_TEST_POSTGRES: cluster.url });
  } finally {
    await cluster.stop();
  }
}

const given = process.argv.slice(2);
try {
  process.exitCode = await main(given[0] === '--' ? given.slice(1) : given);
} catch (error) {
  const known = error instanceof NoPostgres || (error instanceof Error && 'syscall' in error);
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
}
