// @ts-check
/**
 * `npm run test:guides`: runs the shell blocks of the guides word for word, against a server of their own. One test a block.
 *
 * The guide of real machines begins with a fresh clone: its page is run in a clone of this repository, with what it tells the
 * first shell in one shell and all the rest in another. A clone has what is committed: changes that are not are not tested
 * there. Only port and folder of the data are chosen here, by the environment: a developer's own server may have the usual ones.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ofSimulator = ['docs/guides/first-steps.md', 'docs/guides/metadata.md'];
const ofRealMachines = 'docs/guides/real-machines.md';
const aPageMs = 300_000;

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {Record<string, string>} Env */

const tally = { passed: 0, failed: 0 };

/** @param {boolean} good @param {string} what */
function tell(good, what) {
  tally[good ? 'passed' : 'failed'] += 1;
  console.log(`${good ? 'ok' : 'not ok'} ${what}`);
}

/** @returns {Promise<number>} */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A shell that nobody has set up for us: what npm tells the scripts that it runs is no part of it. @returns {Promise<Env>} */
async function freshEnv() {
  const ofNpm = /^(?:npm_(?!config_)|npm_config_local_prefix$|INIT_CWD$|ELSEWHERE_)/;
  const kept = Object.entries(process.env).filter(([name]) => !ofNpm.test(name));
  const data = mkdtempSync(join(tmpdir(), 'elsewhere-guide-data-'));
  return { ...Object.fromEntries(kept), ELSEWHERE_DATA: data, ELSEWHERE_PORT: String(await freePort()), AWS_PAGER: '' };
}

/** @param {string} clone @param {string} page @param {'sh' | 'console'} kind @returns {string[]} */
function blocksOf(clone, page, kind) {
  const text = readFileSync(join(clone, page), 'utf8');
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, of, block = '']) => (of === kind ? [block] : []));
}

/**
 * The script of a page: each block announces itself, and an error ends the script there.
 * @param {readonly string[]} blocks
 */
const scriptOf = (blocks) =>
  [
    'set -eu -o pipefail; shopt -s expand_aliases',
    ...blocks.map((block, i) => `${block}\necho "block ${i + 1} done" >&3`),
  ].join('\n');

/** @param {string} page @param {readonly string[]} blocks @param {string} script @param {string} cwd @param {Env} env */
function runPage(page, blocks, script, cwd, env) {
  const { stdout, stderr, output } = spawnSync('bash', ['-c', script], {
    ...{ cwd, env, encoding: 'utf8', timeout: aPageMs },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const done = String(output[3] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('block ')).length;
  blocks.forEach((_, i) => {
    tell(i < done, `${page} block ${i + 1}`);
  });
  if (done < blocks.length) console.log(`${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
}

/**
 * Waits until a server says that it is ready; false when it has ended before.
 * @param {ChildProcess} server
 */
function ready(server) {
  let said = '';
  return new Promise((resolve) => {
    server.stdout?.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('is ready.')) resolve(true);
    });
    server.once('exit', () => resolve(false));
  });
}

async function withoutMachines() {
  const env = await freshEnv();
  const built = spawnSync(process.execPath, ['scripts/build.js'], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) process.exit(1);
  const server = spawn(process.execPath, ['dist/elsewhere.js', 'serve', '--log-level', 'warn'], {
    ...{ cwd: root, env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await ready(server);
  for (const page of ofSimulator) {
    const folder = mkdtempSync(join(tmpdir(), 'elsewhere-guide-'));
    const blocks = blocksOf(root, page, 'sh');
    // Commands of the page are those of a reader who stands in the clone; its files go to a folder of their own.
    const script = scriptOf(blocks).replaceAll('npm start --silent --', `npm --prefix "${root}" start --silent --`);
    runPage(page, blocks, script, folder, env);
    rmSync(folder, { recursive: true, force: true });
  }
  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  tell(code === 0, 'the server stops cleanly');
  rmSync(String(env.ELSEWHERE_DATA), { recursive: true, force: true });
}

/** A clone of what is committed here, in a folder of its own. */
function fresh() {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-clone-'));
  // Also where the repository is somebody else's than whoever runs this.
  writeFileSync(join(folder, 'gitconfig'), '[safe]\n\tdirectory = *\n');
  const env = { ...process.env, GIT_CONFIG_GLOBAL: join(folder, 'gitconfig') };
  const clone = join(folder, 'elsewhere');
  const made = spawnSync('git', ['clone', '--quiet', root, clone], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (made.status !== 0) throw new Error(`git clone of ${root} ended with ${made.error ?? made.status}`);
  return { folder, clone };
}

async function withRealMachines() {
  const env = await freshEnv();
  const { folder, clone } = fresh();
  const [first = ''] = blocksOf(clone, ofRealMachines, 'console');
  // Who is not root has to have the packages: that line is root's alone.
  const lines = first.split('\n').filter((line) => process.getuid?.() === 0 || !line.startsWith('apt-get '));
  // A process group of its own, as a shell at a terminal has: Ctrl-C is for all in it.
  const server = spawn('bash', ['-ec', lines.join('\n')], {
    ...{ cwd: clone, env, detached: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const began = performance.now();
  const ended = once(server, 'close');
  const isReady = await ready(server);
  tell(isReady, `${ofRealMachines} first shell, after ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const blocks = blocksOf(clone, ofRealMachines, 'sh');
  if (isReady) {
    runPage(ofRealMachines, blocks, scriptOf(blocks), clone, env);
    process.kill(-Number(server.pid), 'SIGINT');
  }
  await ended;
  endMachines(String(env.ELSEWHERE_DATA));
  const stopped = log.includes('"msg":"stopped"');
  tell(stopped, 'the server stops cleanly at Ctrl-C');
  if (!isReady || !stopped) console.log(log.slice(-4000));
  for (const one of [folder, String(env.ELSEWHERE_DATA)]) rmSync(one, { recursive: true, force: true });
}

/** Ends machines that a page left when it failed: they outlive their server. @param {string} data */
function endMachines(data) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`).startsWith(`${data}/`)) process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      // It has ended, or is somebody else's.
      if (!['ENOENT', 'EACCES', 'ESRCH'].includes(String(/** @type {NodeJS.ErrnoException} */ (error).code)))
        throw error;
    }
  }
}

await withoutMachines();
await withRealMachines();
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
