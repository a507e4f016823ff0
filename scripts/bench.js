// @ts-check
/**
 * `npm run bench [-- NAME…]`: measures the built server against a bare one; see bench/README.md. What is missing is
 * installed and built first.
 */
import './prepare/node.js';

const { cpSync, rmSync } = await import('node:fs');
const { dirname, join } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const { install } = await import('./prepare/install.js');
const { ready } = await import('./prepare/ready.js');
const { entry, root } = await import('./prepare/paths.js');

install(root, { development: true });
await ready();
const { build } = await import('esbuild');
const outdir = join(root, 'dist', 'bench');
const programs = ['bench', 'load', 'bare', 'seed', 'commits'];
await build({
  entryPoints: programs.map((name) => join(root, 'bench', `${name}.ts`)),
  outdir,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
// A build while this runs must not change what is measured: the servers run a copy.
const copy = join(outdir, 'server');
rmSync(copy, { recursive: true, force: true });
for (const part of ['elsewhere.js', 'elsewhere.js.map', 'chunks']) {
  cpSync(join(dirname(entry), part), join(copy, part), { recursive: true });
}
process.chdir(root);
await import(pathToFileURL(join(outdir, 'bench.js')).href);
