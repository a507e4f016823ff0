/** A server of its own for one run: accounts, keys, a quick simulator, and a log of everything that was asked. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from '../../../scripts/build.js';
import { entry, root } from '../../../scripts/prepare/paths.js';
import { built } from '../../../scripts/prepare/stamp.js';

/**
 * @typedef {object} Account
 * @property {string} id 12 digits
 * @property {string} accessKey
 * @property {string} secret
 */

/** Short enough for a quick suite, long enough that every state on the way can be seen. */
const config = `
simulator:
  delays:
    launch: 400
    start: 400
    stop: 300
    forceStop: 200
    reboot: 200
    terminate: 300
    boot: 500
    checks: 1000
    attach: 100
    detach: 100
    volume: 100
    volumeDelete: 100
    snapshot: 200
    snapshotPerGiB: 1
    snapshotDelete: 100
    image: 300
    imageDelete: 100
`;

/** @returns {Promise<number>} a port that nobody listens at */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/**
 * What programs must know of the cloud behind the server. Nothing: it is the simulator, and everything is as on AWS.
 * @typedef {object} Facts
 * @property {string} [zone] the only zone
 * @property {string} [image] name of the only image
 * @property {Record<string, string>} cannot what it cannot do, and why
 */

/**
 * An account to be made.
 * @typedef {object} Wanted
 * @property {string} name
 * @property {boolean} networked whether it can launch machines, where a cloud must be told so
 */

/**
 * Whose the accounts are.
 * @typedef {object} Accounts
 * @property {(server: TestServer, wanted: readonly Wanted[]) => Promise<readonly Account[]>} begin makes them, and starts the server
 * @property {() => Promise<void>} end after the server has ended
 */

/** Accounts of the server's own, with keys that it knows. @type {Accounts} */
const own = {
  async begin(server, wanted) {
    const accounts = wanted.map(({ name }) => server.account(name));
    await server.run(['--auth', 'keys']);
    return accounts;
  },
  end: async () => undefined,
};

/** A server that runs, and what was prepared for it. */
export class TestServer {
  region = 'us-east-1';
  /** For the programs. @type {Facts} */
  facts = { cannot: {} };
  /** For those whose machines must really run. @type {Facts} */
  guestFacts = this.facts;

  /**
   * @param {string} folder for the data, the log and the programs' own folders
   * @param {number} port
   * @param {Accounts} accounts
   */
  constructor(folder, port, accounts = own) {
    this.accounts = accounts;
    this.folder = folder;
    this.port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
    this.logFile = join(folder, 'server.log');
  }

  /** The command line on this server's data. Throws if it fails. @param {readonly string[]} args */
  command(args) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [entry, ...args, '--data', join(this.folder, 'data')],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`elsewhere ${args.join(' ')} ended with ${status}: ${stderr || stdout}`);
    return stdout;
  }

  /**
   * An account that owns nothing yet, with a key.
   * @param {string} name
   * @returns {Account}
   */
  account(name) {
    const id = /\b\d{12}\b/.exec(this.command(['account', 'create', name]))?.[0];
    if (id === undefined) throw new Error('`account create` printed no account id');
    const printed = this.command(['key', 'create', id]);
    const accessKey = /AWS_ACCESS_KEY_ID=(\w+)/.exec(printed)?.[1];
    const secret = /AWS_SECRET_ACCESS_KEY=(\S+)/.exec(printed)?.[1];
    if (accessKey === undefined || secret === undefined) throw new Error(`\`key create\` printed no key`);
    return { id, accessKey, secret };
  }

  /**
   * Makes the accounts, and starts.
   * @param {readonly Wanted[]} wanted
   * @returns {Promise<readonly Account[]>}
   */
  start(wanted) {
    return this.accounts.begin(this, wanted);
  }

  /** Starts the process. @param {readonly string[]} more arguments */
  async run(more) {
    const log = openSync(this.logFile, 'w');
    const args = ['serve', '--port', String(this.port), '--data', join(this.folder, 'data'), ...more];
    this.process = spawn(process.execPath, [entry, ...args, '--config', join(this.folder, 'config.yaml')], {
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    this.ended = new Promise((resolve) => this.process?.once('exit', (code, signal) => resolve(signal ?? code)));
    for (const until = Date.now() + 20_000; Date.now() < until; await wait(100)) {
      if (this.process.exitCode !== null) break;
      const ready = await fetch(`${this.endpoint}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) return;
    }
    throw new Error(`the server did not get ready:\n${readFileSync(this.logFile, 'utf8').slice(-2000)}`);
  }

  /** Waits until nothing is under way in the cloud, but not for ever. */
  async idle() {
    for (const until = Date.now() + 120_000; Date.now() < until; await wait(500)) {
      const page = await (await fetch(`${this.endpoint}/metrics`)).text();
      if (/^elsewhere_operations_pending 0$/m.test(page)) return;
    }
  }

  /** Asks it to end. @returns {Promise<number | string>} its exit code, or the signal that ended it */
  async stop() {
    // What is deleted is out of sight at once; whoever has it in the cloud may not be done yet.
    if (this.process?.exitCode === null) await this.idle();
    this.process?.kill('SIGTERM');
    const ended = await Promise.race([this.ended, wait(15_000, 'still running', { ref: false })]);
    if (ended === 'still running') this.process?.kill('SIGKILL');
    await this.accounts.end();
    return ended;
  }

  /** One entry for each API request answered so far. */
  requests() {
    const lines = readFileSync(this.logFile, 'utf8').split('\n');
    return lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
      .filter((entry) => entry.requestId !== undefined && entry.status !== undefined);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Builds the command line where it is not current, and makes a folder with a configuration.
 * @param {string} text of the configuration
 */
export async function prepareFolder(text) {
  if (!built(root) && !(await build())) throw new Error('the server could not be built');
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-clients-'));
  writeFileSync(join(folder, 'config.yaml'), text);
  return { folder, port: await freePort() };
}

/** Prepares a server on the simulator; it is not started. */
export async function prepareServer() {
  const { folder, port } = await prepareFolder(config);
  return new TestServer(folder, port);
}
