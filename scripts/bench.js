// @ts-check
/**
 * `npm run bench [-- NAME…]`: measures the built server against a bare one; see bench/README.md. `--openstack [SERVERS | launches | describes]`
 * measures it in front of the OpenStack that ELSEWHERE_TEST_OPENSTACK describes, `--qemu [NAME…]` with real machines. What is
 * missing is installed and built first.
 */
import './prepare/node.js';

const { cpSync, rmSync } = await import('node:fs');
const { dirname, join } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const { bundle } = await import('./prepare/bundle.js');
const { install } = await import('./prepare/install.js');
const { ready } = await import('./prepare/ready.js');
const { entry, root } = await import('./prepare/paths.js');

install(root, { development: true });
await ready();
// A folder of its own: another build, or another run, must not change what is measured.
const outdir = join(root, 'dist', `bench-${process.pid}`);
process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
const own = { '--openstack': ['openstack'], '--qemu': ['qemu', 'qemu/openSwitch', 'qemu/wireLoad'] };
const programs = own[/** @type {keyof typeof own} */ (process.argv[2])] ?? ['bench', 'load', 'bare', 'seed', 'commits'];
await bundle(
  programs.map((name) => join(root, 'bench', `${name}.ts`)),
  outdir,
);
for (const part of ['elsewhere.js', 'elsewhere.js.map', 'chunks']) {
  cpSync(join(dirname(entry), part), join(outdir, 'server', part), { recursive: true });
}
process.chdir(root);
await import(pathToFileURL(join(outdir, `${programs[0]}.js`)).href);
