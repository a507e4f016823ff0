// @ts-check
/**
 * `npm run test:guides`: runs the shell blocks of the guides word for word, against a server of their own. One test a block.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Each server, by its arguments, with the pages that are run against it. */
const runs = [
  { args: [], pages: ['docs/guides/first-steps.md', 'docs/guides/metadata.md'] },
  { args: ['--region', 'local-1=qemu'], pages: ['docs/guides/real-machines.md'] },
];

/** @returns {Promise<number>} */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
  probe.close();
  await once(probe, 'close');
  return port;
}

/** @param {string} page */
function blocksOf(page) {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => /** @type {string} */ (match[1]));
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

/** @param {string} page @param {Record<string, string>} env */
function runPage(page, env) {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-guide-'));
  const blocks = blocksOf(page);
  // Commands of the page are those of a reader who stands in the clone; its files go to a folder of their own.
  const script = scriptOf(blocks).replaceAll('npm start --silent --', `npm --prefix "${root}" start --silent --`);
  const { stdout, stderr, output } = spawnSync('bash', ['-c', script], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: 300_000,
  });
  rmSync(folder, { recursive: true, force: true });
  const done = (output[3] ?? '').split('\n').filter((line) => line.startsWith('block ')).length;
  blocks.forEach((_, i) => {
    console.log(`${i < done ? 'ok' : 'not ok'} ${page} block ${i + 1}`);
  });
  if (done < blocks.length) console.log(`${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  return { passed: done, failed: blocks.length - done };
}

const built = spawnSync(process.execPath, ['scripts/build.js'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(1);
let passed = 0;
let failed = 0;
for (const { args, pages } of runs) {
  const data = mkdtempSync(join(tmpdir(), 'elsewhere-guide-data-'));
  const env = {
    .../** @type {Record<string, string>} */ (process.env),
    ELSEWHERE_DATA: data,
    ELSEWHERE_PORT: String(await freePort()),
    // Commands of a page are given the settings that its server has.
    ...(args[1] && { ELSEWHERE_REGION: args[1] }),
    AWS_PAGER: '',
  };
  const server = spawn(process.execPath, ['dist/elsewhere.js', 'serve', '--log-level', 'warn', ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  for (const page of pages) {
    const result = runPage(page, env);
    passed += result.passed;
    failed += result.failed;
  }
  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  rmSync(data, { recursive: true, force: true });
  if (code === 0) passed += 1;
  else failed += 1;
  console.log(`${code === 0 ? 'ok' : 'not ok'} the server stops cleanly`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
