// @ts-check
/**
 * `node scripts/openstack.js [--stop] -- command arguments…`: runs a command with a real OpenStack on this computer.
 * When `test/openstack/bed` does not run, it is started first, which takes minutes and needs root on Debian 12; when it
 * does, it is used as it is. The command finds the path of its description (JSON) in ELSEWHERE_TEST_OPENSTACK. A bed
 * that was started here stays for the next time, unless `--stop` is given or CI is `true`; one that ran before always
 * stays. Who gives that path already has a bed that runs: nothing is started. The exit code is the command's.
 */
import { look, NoOpenStack, start, stop } from './openstack/bed.js';
import { runCommand } from './prepare/command.js';

/**
 * @param {readonly string[]} command
 * @param {boolean} stopAfter a bed that is started here
 */
async function main(command, stopAfter) {
  if (command.length === 0) {
    process.stderr.write('usage: node scripts/openstack.js [--stop] -- command arguments…\n');
    return 2;
  }
  const withBed = (/** @type {string} */ description) =>
    runCommand(command, { ...process.env, ELSEWHERE_TEST_OPENSTACK: description });
  if (process.env.ELSEWHERE_TEST_OPENSTACK) return runCommand(command, process.env);
  const seen = await look();
  if ('description' in seen) return withBed(seen.description);
  process.stderr.write(`The OpenStack test bed does not run: ${seen.missing}. It is started; this takes minutes.\n`);
  try {
    return await withBed(await start());
  } finally {
    if (stopAfter) await stop();
  }
}

const given = process.argv.slice(2);
const split = given.indexOf('--');
const flags = split < 0 ? [] : given.slice(0, split);
const known = flags.every((flag) => flag === '--stop');
try {
  const command = known ? given.slice(split + 1) : [];
  process.exitCode = await main(command, process.env.CI === 'true' || flags.includes('--stop'));
} catch (error) {
  const known = error instanceof NoOpenStack || (error instanceof Error && 'syscall' in error);
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
}
