// @ts-check
/** A throwaway PostgreSQL cluster. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, servant } from './programs.js';

/** @returns {Promise<number>} a loopback port that nobody listens on */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Waits until a server says that it accepts connections.
 * @param {import('node:child_process').ChildProcessByStdio<null, null, import('node:stream').Readable>} server
 */
function accepting(server) {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      // Its log goes on for as long as it runs, and nobody reads it once it is ready.
      if (said.length < 100_000) said += text;
      if (said.includes('ready to accept connections')) resolve(undefined);
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with code ${code} while starting:\n${said}`)));
  });
}

/**
 * @typedef {object} Cluster
 * @property {string} url of the database `postgres`
 * @property {() => Promise<void>} crash ends the server at once: it has to recover when it starts again
 * @property {() => Promise<void>} start starts it again, at the same port
 * @property {() => Promise<void>} stop ends the server and removes its files
 */

/**
 * Creates and starts a cluster.
 * @returns {Promise<Cluster>}
 */
export async function startCluster() {
  const bin = programs();
  const user = servant();
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-postgres-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    if (user) chownSync(folder, user.uid, user.gid);
    chmodSync(folder, 0o700);
    const data = join(folder, 'data');
    // Messages are read above, so they must be in English whatever the locale of this computer is.
    const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: folder } };
    const create = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-instructions'];
    execFileSync(join(bin, 'initdb'), create, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
    const port = await freePort();
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=200'];
    const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    const launch = async () => {
      const launched = spawn(join(bin, 'postgres'), args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
      await accepting(launched);
      return launched;
    };
    let server = await launch();
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      // SIGQUIT is an immediate shutdown, SIGINT a fast one: sessions are ended, nothing is left half-written.
      crash: () => end(server, 'SIGQUIT'),
      async start() {
        server = await launch();
      },
      async stop() {
        await end(server, 'SIGINT');
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * @param {import('node:child_process').ChildProcess} server
 * @param {NodeJS.Signals} signal
 */
async function end(server, signal) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}
