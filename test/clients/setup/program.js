/** Runs one program and reads its checks. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const here = dirname(import.meta.dirname);

/** A program that takes longer has hung, however busy the computer is. */
const longestMs = 900_000;

/** @typedef {Pick<import('./server.js').TestServer, 'endpoint' | 'region' | 'facts' | 'guestFacts' | 'folder'>} Server */

/**
 * Nothing of the caller's own environment reaches a client but the search path, so that no profile, proxy or setting of
 * whoever runs the suite changes what is sent. Clients must not try again: a request that fails once has failed.
 * @param {string} folder
 * @param {Server} server
 * @param {import('./server.js').Facts} facts
 * @param {import('./server.js').Account} own
 * @param {import('./server.js').Account} other
 */
function environment(folder, server, facts, own, other) {
  return {
    PATH: `/usr/local/bin:/usr/bin:/bin:${dirname(process.execPath)}`,
    HOME: folder,
    TMPDIR: folder,
    LANG: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    PYTHONWARNINGS: 'ignore',
    RUBYOPT: '-W0',
    NODE_NO_WARNINGS: '1',
    BOTO_CONFIG: join(folder, 'none'),
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    AWS_DEFAULT_REGION: server.region,
    AWS_REGION: server.region,
    AWS_ACCESS_KEY_ID: own.accessKey,
    AWS_SECRET_ACCESS_KEY: own.secret,
    EC2_ENDPOINT: server.endpoint,
    SERVER_DATA: join(server.folder, 'data'),
    CLOUD_FACTS: JSON.stringify(facts),
    ACCOUNT_ID: own.id,
    OTHER_ACCOUNT_ID: other.id,
    OTHER_ACCESS_KEY_ID: other.accessKey,
    OTHER_SECRET_ACCESS_KEY: other.secret,
  };
}

/**
 * @param {import('../programs.js').Program} program
 * @param {import('./server.js').TestServer} server
 * @param {import('./server.js').Account} own account of the program
 * @param {import('./server.js').Account} other a second one, to share with and to hide from
 * @param {(line: string) => void} print
 * @returns {Promise<{ passed: number, failed: number, left: number }>} `left`: checks that the cloud cannot
 */
export async function runProgram(program, server, own, other, print) {
  const folder = join(server.folder, program.file.replace(/\W/g, '-'));
  mkdirSync(folder);
  const child = spawn(program.interpreter, [join(here, program.file)], {
    cwd: folder,
    env: environment(folder, server, program.guestsOnOpenStack ? server.guestFacts : server.facts, own, other),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  let [passed, failed, left] = [0, 0, 0];
  /** @type {string[]} */
  const remarks = [];
  createInterface({ input: child.stderr }).on('line', (line) => remarks.push(line));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('not here ')) {
      left += 1;
      return print(`# not here: ${program.file} ${line.slice('not here '.length)}`);
    }
    const [, not, check] = /^(not )?ok (.*)$/.exec(line) ?? [];
    if (check === undefined) return void remarks.push(line);
    if (not) failed += 1;
    else passed += 1;
    print(`${not ? 'not ok' : 'ok'} ${program.file} ${check}`);
  });
  /** @type {readonly [number | null, string | null]} */
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...ending) => resolve(ending));
  });
  clearTimeout(timer);
  // Programs end with 1 after a failed check; any other ending, and an ending without a check, is a failure itself.
  const sound = code === (failed > 0 ? 1 : 0) && passed + failed > 0;
  if (!sound) {
    failed += 1;
    print(
      `not ok ${program.file} runs to its end: it ended with ${signal ?? code} after ${passed + failed - 1} checks`,
    );
  }
  if (failed > 0) for (const line of remarks.slice(-40)) print(`   ${program.file}: ${line}`);
  return { passed, failed, left };
}
