/**
 * `npm run test:clients [-- words…]`: real clients against a live server on the simulator. Words choose the programs
 * whose file contains one of them; without words all run, and then every action must have been called by the clients that
 * offer all of them. `--on openstack` has the server in front of the OpenStack that ELSEWHERE_TEST_OPENSTACK describes: the
 * programs that it can run, and of these the checks that it can; the others are told with the reason.
 */
import { actionNames, countCalls, missingCalls, writeTable } from './coverage/actions.js';
import { packages, programs } from './programs.js';
import { installPackages } from './setup/packages.js';
import { runProgram } from './setup/program.js';
import { prepareServer } from './setup/server.js';

const given = process.argv.slice(2);
const on = given[0] === '--on' ? given[1] : 'simulator';
const words = given[0] === '--on' ? given.slice(2) : given;
const meant = programs.filter(({ file }) => words.length === 0 || words.some((word) => file.includes(word)));
/** Why a program is left out, if it is. @param {import('./programs.js').Program} program */
const reasonNot = ({ notOnOpenStack }) => (on === 'simulator' ? undefined : notOnOpenStack);
const chosen = meant.filter((one) => reasonNot(one) === undefined);
let [passed, failed, left] = [0, 0, 0];
const print = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);

/** @param {string} name @param {string | undefined} trouble */
function report(name, trouble) {
  if (trouble === undefined) passed += 1;
  else failed += 1;
  print(trouble === undefined ? `ok ${name}` : `not ok ${name}: ${trouble}`);
}

/**
 * Two programs at a time.
 * @param {import('./setup/server.js').TestServer} server
 * @param {readonly { own: import('./setup/server.js').Account, other: import('./setup/server.js').Account }[]} accounts
 */
async function runAll(server, accounts) {
  let next = 0;
  const lane = async () => {
    while (next < chosen.length) {
      const at = next++;
      const began = Date.now();
      const { own, other } = accounts[at];
      const result = await runProgram(chosen[at], server, own, other, print);
      passed += result.passed;
      failed += result.failed;
      left += result.left;
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      print(`# ${chosen[at].file}: ${result.passed} passed, ${result.failed} failed, ${seconds} s`);
    }
  };
  await Promise.all([lane(), lane()]);
}

/** The server of the cloud that was asked for. @returns {Promise<import('./setup/server.js').TestServer>} */
async function prepare() {
  if (on === 'simulator') return prepareServer();
  if (on !== 'openstack') throw new Error(`--on ${on}: there are simulator and openstack`);
  return (await import('./setup/openstack.js')).prepareOpenStack();
}

/** What the server's log must say. @param {import('./setup/server.js').TestServer} server @param {ReadonlyMap<string, string>} clientOf */
function judgeLog(server, clientOf) {
  const requests = server.requests();
  const faults = requests.filter(({ status }) => status >= 500).map(({ action, code }) => `${action} ${code}`);
  report('server: no request failed inside it', faults.length === 0 ? undefined : [...new Set(faults)].join(', '));
  if (words.length > 0 || on !== 'simulator') return;
  const actions = actionNames();
  const calls = countCalls(requests, clientOf);
  for (const [client, missing] of missingCalls(calls, actions)) {
    report(
      `coverage: ${client} calls every action of the registry`,
      missing.length === 0 ? undefined : `not ${missing.join(', ')}`,
    );
  }
  // A table of a run that failed would be full of gaps.
  if (failed === 0) writeTable(calls, actions);
}

async function main() {
  if (chosen.length === 0) throw new Error(`no program's name contains ${words.join(' or ')}`);
  installPackages(packages);
  for (const one of meant.filter((each) => !chosen.includes(each))) print(`# not here: ${one.file}: ${reasonNot(one)}`);
  const server = await prepare();
  const wanted = chosen.flatMap(({ file, guestsOnOpenStack }) => {
    const name = file.replace(/\W/g, '-');
    return [
      { name, networked: true },
      { name: `${name}-other`, networked: guestsOnOpenStack === true },
    ];
  });
  const made = await server.start(wanted).catch(async (error) => {
    await server.stop();
    throw error;
  });
  const accounts = chosen.map((_, at) => ({ own: made[2 * at], other: made[2 * at + 1] }));
  const clientOf = new Map(
    accounts.flatMap(({ own, other }, at) => [
      [own.id, chosen[at].client],
      [other.id, chosen[at].client],
    ]),
  );
  try {
    await runAll(server, accounts);
  } finally {
    const ended = await server.stop();
    report('server: ends with 0 when asked to', ended === 0 ? undefined : `it ended with ${ended}`);
  }
  judgeLog(server, clientOf);
  if (failed === 0) server.remove();
  else print(`# the server's log is ${server.logFile}`);
}

try {
  await main();
} catch (error) {
  report('the suite runs', error instanceof Error ? error.message : String(error));
}
if (left > 0) print(`# ${left} checks need what this cloud cannot do`);
print(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
