import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf } from './source/code.ts';
import { type Rule, rules } from './source/rules.ts';
import { ignored, pathsBelow, sources } from './source/tree.ts';

const files = sources('src', 'test', 'bench', 'scripts', 'console');
const named = Object.entries<Rule>(rules);

describe('house rules', () => {
  it.each(named)('%s', (_, rule) => expect(files.flatMap(rule)).toEqual([]));
});

/** A sample that breaks each rule, and one that only looks as if it did. */
const samples: Readonly<Record<keyof typeof rules, readonly [path: string, broken: string, sound: string]>> = {
  'at most 300 lines': ['src/cloud/a.ts', 'a;\n'.repeat(301), 'a;\n'.repeat(300)],
  'names that say something': ['src/cloud/volumeManager.ts', '', ''],
  'names that say something, of what is declared': [
    'src/a.ts',
    'class VolumeManager {}',
    "const a = 'class VolumeManager'",
  ],
  'no any outside the codec': ['src/a.ts', 'const a = b as any;', 'const a = Promise.any(b); // as any'],
  'no unfinished work': ['src/a.ts', `// ${'TO'}DO: later`, '// a to-do list'],
  'no suppressed findings': ['src/a.ts', `// @ts-${'ignore'}`, '// ignore it'],
  'no test that does not run': ['src/a.test.ts', "it.skip('does', () => {})", "it('it.skip', () => list.only)"],
  'no empty catch': [
    'src/a.ts',
    'try { a() } catch (error) { /* never mind */ }',
    'try { a() } catch { return undefined; }',
  ],
  'no inheritance but Error': [
    'src/a.ts',
    'class A<T extends B> extends C<T> {}',
    'class A<T extends B> extends RangeError {}',
  ],
  'no decorators': ['src/a.ts', '@sealed class A {}', "const a = /@sealed/; // '@sealed'"],
  'time and chance come from ports': [
    'src/cloud/a.ts',
    'const now = Date.now();',
    'const at = new Date(row.createdAt);',
  ],
};

describe('each rule can fail', () => {
  it.each(named)('%s', (name, rule) => {
    const [path, broken, sound] = samples[name as keyof typeof rules];
    expect(rule({ path, text: broken })).toHaveLength(1);
    const soundPath = name === 'names that say something' ? 'src/cloud/keypair/base64Text.ts' : path;
    expect(rule({ path: soundPath, text: sound })).toEqual([]);
  });

  it('an unkept promise counts as an empty catch', () => {
    expect(rules['no empty catch']({ path: 'src/a.ts', text: 'await a().catch(() => undefined);' })).toHaveLength(1);
  });
});

describe('reading code', () => {
  it('blanks what is written and keeps what runs', () => {
    const text = `a('x // y'); // any
b = \`p \${c["q"]} r\`; d = e / f; /* g
h */ i = /[/"]j/.test(k)`;
    const code = codeOf(text);
    expect(code).toHaveLength(text.length);
    expect(code.replace(/ +/g, ' ')).toBe(`a(' '); \nb = \` \${c[" "]} \`; d = e / f; \n i = / /.test(k)`);
  });
});

/** The folders of a resource's actions and operations are described by the resource's own page. */
const describedAbove = (folder: string): boolean => /^src\/cloud\/[^/]+\/(?:actions|operations)$/.test(folder);

/** Folders that hold files, or folders, and no README.md. */
function undescribed(paths: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) folders.add(folder);
  }
  const known = new Set(paths);
  return [...folders].filter((folder) => !describedAbove(folder) && !known.has(`${folder}/README.md`));
}

describe('folders', () => {
  it('each tells what lives in it', () => expect(undescribed(pathsBelow('src'))).toEqual([]));

  it('a folder without a page is found', () => {
    expect(undescribed(['src/README.md', 'src/cloud/volume/actions/CreateVolume.ts', 'src/cloud/README.md'])).toEqual([
      'src/cloud/volume',
    ]);
  });
});

describe('what version control leaves out', () => {
  it.each([
    ['node_modules/a/b.ts', true],
    ['dist/elsewhere.js', true],
    ['run.log', true],
    ['data/elsewhere.db', true],
    ['src/data/a.ts', false],
    ['src/distance.ts', false],
  ])('%s: %s', (path, left) => expect(ignored('node_modules/\ndist/\n*.log\n/data/\n', path)).toBe(left));
});
