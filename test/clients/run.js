/**
 * `npm run test:clients [-- words…]`: real clients against a live server on the simulator. Words choose the programs
 * whose file contains one of them; without words all run, and then every action must have been called by the clients that
 * offer all of them.
 */
import { actionNames, countCalls, missingCalls, writeTable } from './coverage/actions.js';
import { packages, programs } from './programs.js';
import { installPackages } from './setup/packages.js';
import { runProgram } from './setup/program.js';
import { prepareServer } from './setup/server.js';

const words = process.argv.slice(2);
const chosen = programs.filter(({ file }) => words.length === 0 || words.some((word) => file.includes(word)));
let [passed, failed] = [0, 0];
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
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      print(`# ${chosen[at].file}: ${result.passed} passed, ${result.failed} failed, ${seconds} s`);
    }
  };
  await Promise.all([lane(), lane()]);
}

/** What the server's log must say. @param {import('./setup/server.js').TestServer} server @param {ReadonlyMap<string, string>} clientOf */
function judgeLog(server, clientOf) {
  const requests = server.requests();
  const faults = requests.filter(({ status }) => status >= 500).map(({ action, code }) => `${action} ${code}`);
  report('server: no request failed inside it', faults.length === 0 ? undefined : [...new Set(faults)].join(', '));
  if (words.length > 0) return;
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
  const server = await prepareServer();
  const accounts = chosen.map(({ file }) => ({
    own: server.account(file.replace(/\W/g, '-')),
    other: server.account(`${file.replace(/\W/g, '-')}-other`),
  }));
  const clientOf = new Map(
    accounts.flatMap(({ own, other }, at) => [
      [own.id, chosen[at].client],
      [other.id, chosen[at].client],
    ]),
  );
  await server.start();
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
print(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
