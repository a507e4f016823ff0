// @ts-check
/**
 * `node scripts/run.js file.ts arguments…`: runs a TypeScript file of this repository, for scripts that read the sources
 * (Node 20 does not run TypeScript by itself). It is bundled into dist/ and imported here.
 */
import './prepare/node.js';

const { basename, join, resolve } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const { bundle } = await import('./prepare/bundle.js');
const { install } = await import('./prepare/install.js');
const { root } = await import('./prepare/paths.js');

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node scripts/run.js file.ts arguments…\n');
  process.exit(2);
}
install(root, { development: true });
const outdir = join(root, 'dist', 'scripts');
const outfile = join(outdir, basename(file).replace(/\.ts$/, '.js'));
await bundle([resolve(file)], outdir);
process.argv = [/** @type {string} */ (process.argv[0]), outfile, ...args];
await import(pathToFileURL(outfile).href);
