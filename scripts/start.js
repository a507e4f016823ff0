// @ts-check
/**
 * `npm start [-- arguments]`: runs Elsewhere from a clone. What is missing is installed and built first, with a line on
 * standard error; nothing is done and nothing is said when nothing is missing. The command line runs in this very
 * process, so that signals, standard streams and exit codes are its own.
 */
import './prepare/node.js';

const { pathToFileURL } = await import('node:url');
const { ready } = await import('./prepare/ready.js');
const { entry } = await import('./prepare/paths.js');
const { endWithParent } = await import('./prepare/parent.js');

await ready();
endWithParent();
const given = process.argv.slice(2);
process.argv = [/** @type {string} */ (process.argv[0]), entry, ...(given.length > 0 ? given : ['serve'])];
await import(pathToFileURL(entry).href);
