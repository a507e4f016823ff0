import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './source/tree.ts';

/** A copy of the clone, in which new things are made. */
const copy = mkdtempSync(join(tmpdir(), 'elsewhere-new-'));
const inCopy = (...command: readonly string[]) =>
  spawnSync(process.execPath, [...command], { cwd: copy, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
const make = (...args: readonly string[]) => inCopy('scripts/new.js', ...args);
const read = (path: string): string => readFileSync(join(copy, path), 'utf8');

beforeAll(() => {
  for (const name of [
    'src',
    'scripts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'biome.json',
    'vitest.config.ts',
  ]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  cpSync(join(root, 'test', 'support'), join(copy, 'test', 'support'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
});
afterAll(() => rmSync(copy, { recursive: true }));

describe('npm run new', () => {
  it('makes a resource, an action, a driver and a decision', () => {
    expect(make('resource', 'placement-group', 'pg')).toMatchObject({ status: 0, stderr: '' });
    expect(make('action', 'CreatePlacementGroup', 'placement-group')).toMatchObject({ status: 0, stderr: '' });
    expect(make('driver', 'lab-cloud')).toMatchObject({ status: 0, stderr: '' });
    expect(make('decision', 'Answer reads from the store')).toMatchObject({ status: 0, stderr: '' });
    for (const path of ['README.md', 'placement-group.test.ts', 'actions/CreatePlacementGroup.test.ts']) {
      expect(existsSync(join(copy, 'src/cloud/placement-group', path))).toBe(true);
    }
    expect(read('src/cloud/placement-group/actions/DescribePlacementGroups.ts')).toContain("list: 'PlacementGroups'");
    expect(read('docs/decisions/0001-answer-reads-from-the-store.md')).toContain('# 0001: Answer reads from the store');
  });

  it('adds the actions to the registry', () => {
    const registry = read('src/cloud/registry.ts');
    expect(registry).toContain("from './placement-group/actions/CreatePlacementGroup.ts';");
    expect(registry).toContain("from './placement-group/actions/DescribePlacementGroups.ts';");
  });

  it('writes what type-checks', () => {
    const { stdout } = inCopy('node_modules/typescript/bin/tsc', '-p', '.', '--pretty', 'false');
    expect(stdout.split('\n').filter((line) => /placement-group|lab-cloud|registry/.test(line))).toEqual([]);
  });

  it('writes what the linter accepts', () => {
    const paths = ['src/cloud/placement-group', 'src/drivers/lab-cloud', 'src/cloud/registry.ts'];
    expect(inCopy('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...paths)).toMatchObject({
      status: 0,
    });
  });

  it('writes tests that pass', () => {
    const { status, stdout } = inCopy(
      'node_modules/vitest/vitest.mjs',
      'run',
      'src/cloud/placement-group',
      'src/drivers/lab-cloud',
    );
    expect(status, stdout).toBe(0);
  });

  it.each([
    [[], 'usage'],
    [['thing'], 'usage'],
    [['action', 'FryVolume', 'volume'], "EC2's model has no action FryVolume"],
    [['action', 'CreateVolume', 'nothing'], 'There is no src/cloud/nothing'],
    [['resource', 'Placement Group', 'pg'], "'Placement Group' is not"],
    [['resource', 'thing'], 'Missing: the prefix'],
    [['driver', 'lab-cloud'], 'already there'],
    [['decision'], 'Missing: a title'],
  ])('refuses %j', (args, why) => {
    expect(make(...args)).toMatchObject({ status: 2, stderr: expect.stringContaining(why) });
  });
});
