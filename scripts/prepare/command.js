// @ts-check
/** Runs a command that a script was given. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/**
 * Runs the command on our own standard streams, and passes signals on to it.
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code, 128 + the signal's number when one ended it
 */
export async function runCommand([program = '', ...args], env) {
  const child = spawn(program, args, { stdio: 'inherit', env });
  const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const [code, signal] = await once(child, 'exit');
  return code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)];
}
