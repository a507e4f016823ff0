// @ts-check
/**
 * Bundles TypeScript programs of this repository, for scripts that run them (Node 20 does not run TypeScript by itself).
 * Call it once everything is installed.
 *
 * @param {readonly string[]} programs their files
 * @param {string} outdir where each becomes a `.js` of the same name
 */
export async function bundle(programs, outdir) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [...programs],
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}
