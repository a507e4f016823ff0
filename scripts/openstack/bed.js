// @ts-check
/** The real OpenStack of `test/openstack/bed`, through its own scripts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The test bed cannot run here. The message is for the person at the keyboard. */
export class NoOpenStack extends Error {}

const folder = new URL('../../test/openstack/bed/', import.meta.url);

/**
 * @param {string} script of the bed
 * @param {'pipe' | 'inherit'} output
 * @returns {Promise<{ code: number | null, out: string, err: string }>} what it printed, when it is piped
 */
async function run(script, output) {
  const child = spawn(fileURLToPath(new URL(script, folder)), [], { stdio: ['ignore', output, output] });
  const said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    said.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    said.err += text;
  });
  const [code] = await once(child, 'close');
  return { code, ...said };
}

/**
 * Whether the bed runs.
 * @returns {Promise<{ description: string } | { missing: string }>} the path of its description, or what is missing
 */
export async function look() {
  const { code, out, err } = await run('status', 'pipe');
  if (code === 0) return { description: out.trim() };
  if (code === 1) return { missing: err.trim() };
  throw new NoOpenStack(err.trim());
}

/**
 * Starts the bed, or what of it has ended; prints each step.
 * @returns {Promise<string>} the path of its description
 */
export async function start() {
  const { code } = await run('up', 'inherit');
  if (code !== 0) throw new NoOpenStack(`The OpenStack test bed could not be started (${fileURLToPath(folder)}up).`);
  const seen = await look();
  if ('missing' in seen) throw new NoOpenStack(`The OpenStack test bed was started and does not run: ${seen.missing}`);
  return seen.description;
}

/** Stops the bed and keeps its state: the next start goes on with the same cloud. */
export async function stop() {
  const { code } = await run('down', 'inherit');
  if (code !== 0) throw new NoOpenStack('The OpenStack test bed could not be stopped.');
}
