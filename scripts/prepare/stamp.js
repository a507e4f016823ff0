// @ts-check
/** Tells whether dist/ was built from the sources as they are now, from sizes and times only: it runs at every start. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a build depends on. Folders are followed. */
const inputs = ['src', 'scripts/build.js', 'scripts/registry.js', 'package.json', 'package-lock.json'];

/**
 * @param {string} path a file or folder
 * @param {string} name the same, relative to the clone
 * @param {(line: string) => void} add called with one line a file
 */
function visit(path, name, add) {
  const seen = statSync(path, { throwIfNoEntry: false });
  if (!seen) return;
  if (!seen.isDirectory()) {
    if (!/\.test\.ts$|\.md$/.test(name)) add(`${name} ${seen.size} ${seen.mtimeMs}\n`);
    return;
  }
  for (const child of readdirSync(path).sort()) visit(join(path, child), `${name}/${child}`, add);
}

/**
 * @param {string} root the clone
 * @returns {string} one line for each file that a build reads
 */
export function stampOf(root) {
  let lines = '';
  for (const input of inputs) {
    visit(join(root, input), input, (line) => {
      lines += line;
    });
  }
  return lines;
}

/** @param {string} root */
const stampFile = (root) => join(root, 'dist', '.stamp');

/**
 * Whether dist/ is there and current.
 * @param {string} root the clone
 */
export function built(root) {
  try {
    if (!statSync(join(root, 'dist', 'elsewhere.js')).isFile()) return false;
    return readFileSync(stampFile(root), 'utf8') === stampOf(root);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Records that dist/ was built from the sources whose stamp this is.
 * @param {string} root the clone
 * @param {string} stamp taken before the build began, so that a file changed meanwhile leads to another build
 */
export const markBuilt = (root, stamp) => writeFileSync(stampFile(root), stamp);
