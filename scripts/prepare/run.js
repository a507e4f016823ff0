// @ts-check
/** Runs other programs for the scripts. */
import { spawn } from 'node:child_process';
import { root, tool } from './paths.js';

/**
 * Runs a JavaScript tool of node_modules with this same Node, in the clone's root, on our own standard streams.
 * @param {string} path below node_modules
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code; 1 when a signal ended it
 */
export function runTool(path, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [tool(path), ...args], { cwd: root, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

export const tsc = 'typescript/bin/tsc';
export const biome = '@biomejs/biome/bin/biome';
export const vitest = 'vitest/vitest.mjs';
