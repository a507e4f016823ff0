// @ts-check
/**
 * `npm test [-- arguments of vitest]`: installs and builds what is missing, then type-checks, lints and runs the fast
 * suite. Every step runs even when an earlier one failed, so that one run tells all; the exit code is 0 only when all
 * of them succeeded.
 */
import './prepare/node.js';

const { install } = await import('./prepare/install.js');
const { root } = await import('./prepare/paths.js');
const { biome, runTool, tsc, vitest } = await import('./prepare/run.js');

/** @type {string[]} */
const failed = [];

/**
 * @param {string} name of the step, for the last line
 * @param {Promise<boolean>} succeeded
 */
async function step(name, succeeded) {
  if (!(await succeeded)) failed.push(name);
}

/**
 * @param {string} tool
 * @param {readonly string[]} args
 */
const passes = async (tool, args) => (await runTool(tool, args)) === 0;

install(root, { development: true });
const { registryCurrent } = await import('./registry.js');
// Before the build, which would mend it.
await step('src/cloud/registry.ts (run `npm run registry`)', Promise.resolve(registryCurrent(root)));
const { built } = await import('./prepare/stamp.js');
if (!built(root)) {
  process.stderr.write('Building…\n');
  const { build } = await import('./build.js');
  await step('build', build());
}
await Promise.all([
  step('types', passes(tsc, ['-p', '.'])),
  step('types of scripts', passes(tsc, ['-p', 'scripts'])),
  step('lint', passes(biome, ['check', '.'])),
]);
await step('tests', passes(vitest, ['run', ...process.argv.slice(2)]));
if (failed.length > 0) {
  process.stderr.write(`Failed: ${failed.join(', ')}.\n`);
  process.exitCode = 1;
}
