import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { root } from './source/tree.ts';

/** Runs a generator's own check; its output explains what to run. */
const check = (...args: readonly string[]) => {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return `${stderr}exit ${status}`;
};

describe('generated files are what the code says', () => {
  it('docs/reference', () => {
    expect(check('scripts/run.js', 'scripts/docs.ts', '--check')).toBe('exit 0');
  });

  it('names of the models’ actions', () => {
    expect(check('scripts/action-names.js', '--check')).toBe('exit 0');
  });
});
