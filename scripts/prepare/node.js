// @ts-check
/**
 * Ends the process with one clear line when this Node is older than package.json's `engines` allows. Imported first and
 * for its effect by every script that a newcomer runs; it must itself parse and run on old versions of Node.
 */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const wanted = String(engines.node).replace(/[^\d.]/g, '');

/**
 * @param {string} have a version such as `20.19.1`
 * @param {string} least the smallest version that will do, such as `20.19`
 */
export function atLeast(have, least) {
  const ours = have.split('.').map(Number);
  const theirs = least.split('.').map(Number);
  for (let i = 0; i < theirs.length; i += 1) {
    const difference = (ours[i] || 0) - (theirs[i] || 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

if (!atLeast(process.versions.node, wanted)) {
  process.stderr.write(`Elsewhere needs Node ${wanted} or newer; this is Node ${process.versions.node}.\n`);
  process.exit(1);
}
