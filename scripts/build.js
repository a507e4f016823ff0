// @ts-check
/**
 * `npm run build`: bundles the command line, src/main/elsewhere.ts, into dist/elsewhere.js.
 * A few files start several times faster than the hundreds they are made of, and tree shaking leaves out the parts of the
 * AWS SDK that are clients. Each command that is imported when it is asked for is a file of its own (`splitting`): in one
 * file, what is imported late would be kept whole.
 */
import './prepare/node.js';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install } from './prepare/install.js';
import { entry, root } from './prepare/paths.js';
import { markBuilt, stampOf } from './prepare/stamp.js';
import { writeRegistry } from './registry.js';

/** Stays in node_modules: libsql has a native part; pg asks for pg-native only when it is there. */
const external = ['libsql', 'libsql/promise', 'pg-native'];

/** Bundled CommonJS modules ask for Node's own modules by `require`, which a module file does not have. */
const banner = [
  '#!/usr/bin/env node',
  "import { createRequire as $createRequire } from 'node:module';",
  'const require = $createRequire(import.meta.url);',
].join('\n');

/** @returns {Promise<boolean>} whether it succeeded; esbuild has printed why when it has not */
export async function build() {
  writeRegistry(root);
  const stamp = stampOf(root);
  const chunks = join(root, 'dist', 'chunks');
  mkdirSync(chunks, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { build: bundle } = await import('esbuild');
  let result;
  try {
    result = await bundle({
      absWorkingDir: root,
      entryPoints: ['src/main/elsewhere.ts'],
      outdir: join(root, 'dist'),
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      mainFields: ['module', 'main'],
      external,
      define: { ELSEWHERE_VERSION: JSON.stringify(version) },
      banner: { js: banner },
      sourcemap: 'linked',
      sourcesContent: false,
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'none',
      logLevel: 'warning',
      write: false,
    });
  } catch (error) {
    if (error instanceof Error && 'errors' in error) return false;
    throw error;
  }
  // The entry comes last and what it no longer names goes after it: a program that starts meanwhile finds all its parts.
  const files = result.outputFiles.toSorted((a, b) => Number(a.path === entry) - Number(b.path === entry));
  for (const { path, contents } of files) writeFileSync(path, contents);
  const made = new Set(files.map(({ path }) => path));
  for (const name of readdirSync(chunks)) if (!made.has(join(chunks, name))) rmSync(join(chunks, name));
  chmodSync(entry, 0o755);
  markBuilt(root, stamp);
  return true;
}

if (process.argv[1] === import.meta.filename) {
  install(root, { development: true });
  process.exitCode = (await build()) ? 0 : 1;
}
