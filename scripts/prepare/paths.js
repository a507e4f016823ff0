// @ts-check
/** Where things are in a clone. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root folder, without a slash at the end. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');

/** The bundle that holds the whole command line. */
export const entry = join(root, 'dist', 'elsewhere.js');

/**
 * A development tool's JavaScript entry, to be run with this same Node (the wrappers in node_modules/.bin are shell
 * scripts on some systems).
 * @param {string} path below node_modules
 */
export const tool = (path) => join(root, 'node_modules', ...path.split('/'));
