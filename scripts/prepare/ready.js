// @ts-check
/** Makes a clone runnable: installed and built. */
import { root } from './paths.js';
import { built } from './stamp.js';

/** Installs and builds what is missing; ends the process with a clear line when that fails. */
export async function ready() {
  const current = built(root);
  const { install } = await import('./install.js');
  install(root, { development: !current });
  if (current) return;
  process.stderr.write('Building…\n');
  const { build } = await import('../build.js');
  if (!(await build())) process.exit(1);
}
