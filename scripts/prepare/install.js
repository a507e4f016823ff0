// @ts-check
/** Installs dependencies when node_modules does not hold what package-lock.json asks for. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * @typedef {{ version?: string, dev?: boolean, devOptional?: boolean, optional?: boolean, link?: boolean }} Locked
 * @typedef {Record<string, Locked>} Packages one entry a package, by its folder
 */

/**
 * @param {string} path of a lock file
 * @returns {Packages | undefined} undefined when there is no such file
 */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT' || error instanceof SyntaxError)
      return undefined;
    throw error;
  }
}

/**
 * Whether every package of the lock file is installed in exactly its version. npm writes what it installed to
 * node_modules/.package-lock.json as its last act, so an interrupted installation counts as none. Optional packages
 * (native parts for other systems) are npm's business.
 * @param {string} root the clone
 * @param {{ development: boolean }} need whether the tools to build and test are needed too
 */
export function installed(root, need) {
  const asked = packagesOf(join(root, 'package-lock.json'));
  if (!asked) return true;
  const found = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (!found) return false;
  return Object.entries(asked).every(([folder, wanted]) => {
    if (folder === '' || wanted.optional || wanted.devOptional || wanted.link) return true;
    if (wanted.dev && !need.development) return true;
    return found[folder]?.version === wanted.version;
  });
}

/**
 * Runs `npm ci` when it is needed, saying so on standard error; ends the process when npm fails.
 * @param {string} root the clone
 * @param {{ development: boolean }} need
 */
export function install(root, need) {
  if (installed(root, need)) return;
  process.stderr.write('Installing dependencies…\n');
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const cli = process.env.npm_execpath;
  const [command, first] =
    cli && basename(cli) === 'npm-cli.js' ? [process.execPath, [cli]] : [/** @type {string} */ ('npm'), []];
  // Standard output belongs to the command that runs afterwards (`eval "$(npm -s start -- env)"`).
  const { status, error } = spawnSync(command, [...first, ...options], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: command === 'npm' && process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(
    `Dependencies could not be installed: ${error?.message ?? `npm ci ended with code ${status}`}.\n`,
  );
  process.exit(1);
}
