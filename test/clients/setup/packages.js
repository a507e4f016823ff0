/** The clients, from Debian: what is absent is installed. A client that cannot be installed fails the suite. */
import { spawnSync } from 'node:child_process';

/**
 * @param {readonly string[]} names of packages
 * @returns {readonly string[]} those that are not installed
 */
function absent(names) {
  const { stdout } = spawnSync('dpkg-query', ['-W', `-f=\${Package} \${db:Status-Status}\n`, ...names], {
    encoding: 'utf8',
  });
  const installed = new Set((stdout ?? '').split('\n'));
  return names.filter((name) => !installed.has(`${name} installed`));
}

/** @param {readonly string[]} args of apt-get */
function aptGet(args) {
  const root = process.getuid?.() === 0;
  const command = root ? ['apt-get', ...args] : ['sudo', 'apt-get', ...args];
  const { status } = spawnSync(command[0], command.slice(1), {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

/**
 * Installs what is missing of these packages.
 * @param {readonly string[]} names
 * @throws {Error} that lists what is still missing
 */
export function installPackages(names) {
  const missing = absent(names);
  if (missing.length === 0) return;
  process.stderr.write(`Installing ${missing.join(', ')} (apt-get).\n`);
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (!aptGet(install)) {
    aptGet(['update']);
    aptGet(install);
  }
  const still = absent(names);
  if (still.length > 0) throw new Error(`these packages could not be installed: ${still.join(', ')}`);
}
