import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './source/tree.ts';

/** A clone with a command line that tells how it was called, and an npm that tells so too. */
const clone = mkdtempSync(join(tmpdir(), 'elsewhere-start-'));
const at = (path: string): string => join(clone, path);
const npm = at('npm-cli.js');

function start(...args: readonly string[]) {
  const env = { ...process.env, npm_execpath: npm };
  return spawnSync(process.execPath, [at('scripts/start.js'), ...args], { cwd: tmpdir(), encoding: 'utf8', env });
}

beforeAll(() => {
  for (const name of ['scripts', 'package.json', 'package-lock.json', 'biome.json']) {
    cpSync(join(root, name), at(name), { recursive: true });
  }
  mkdirSync(at('src/main'), { recursive: true });
  mkdirSync(at('src/cloud'), { recursive: true });
  writeFileSync(
    at('src/main/elsewhere.ts'),
    'console.log(process.argv.slice(2).join());\nprocess.exitCode = 3 as number;\n',
  );
  writeFileSync(
    npm,
    `import { symlinkSync, writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(at('npm-arguments'))}, process.argv[2]);
     console.log('from npm');
     symlinkSync(${JSON.stringify(join(root, 'node_modules'))}, 'node_modules', 'dir');`,
  );
  writeFileSync(at('broken-npm.js'), 'process.exit(9);');
});
afterAll(() => rmSync(clone, { recursive: true }));

describe('npm start', () => {
  it('installs and builds in a fresh clone, on standard error, and then runs the command line', () => {
    const run = start('env', '--shell', 'sh');
    expect(run).toMatchObject({ status: 3, stdout: 'env,--shell,sh\n' });
    expect(run.stderr).toBe('Installing dependencies…\nfrom npm\nBuilding…\n');
    expect(readFileSync(at('npm-arguments'), 'utf8')).toBe('ci');
  });

  it('says and does nothing more when nothing is missing', () => {
    const before = readFileSync(at('dist/.stamp'), 'utf8');
    expect(start('doctor')).toMatchObject({ status: 3, stdout: 'doctor\n', stderr: '' });
    expect(readFileSync(at('dist/.stamp'), 'utf8')).toBe(before);
  });

  it('serves when it is told nothing', () => expect(start()).toMatchObject({ stdout: 'serve\n', stderr: '' }));

  it('builds again when a source changed', () => {
    utimesSync(at('src/main/elsewhere.ts'), 1, 1);
    expect(start('x')).toMatchObject({ status: 3, stdout: 'x\n', stderr: 'Building…\n' });
    expect(start('x')).toMatchObject({ status: 3, stderr: '' });
  });

  it('installs again when the lock file asks for another version', () => {
    const lock = readFileSync(at('package-lock.json'), 'utf8');
    const asked = JSON.parse(lock);
    asked.packages['node_modules/commander'].version = '0.0.1';
    writeFileSync(at('package-lock.json'), JSON.stringify(asked));
    rmSync(npm);
    cpSync(at('broken-npm.js'), npm);
    const run = start('x');
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toBe(
      'Installing dependencies…\nDependencies could not be installed: npm ci ended with code 9.\n',
    );
    writeFileSync(at('package-lock.json'), lock);
  });

  it('tells in one line that Node is too old', () => {
    const text = readFileSync(at('package.json'), 'utf8');
    writeFileSync(at('package.json'), JSON.stringify({ ...JSON.parse(text), engines: { node: '>=99.1' } }));
    expect(start('x')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `Elsewhere needs Node 99.1 or newer; this is Node ${process.versions.node}.\n`,
    });
    writeFileSync(at('package.json'), text);
  });
});

describe('npm test', () => {
  const test = (...args: readonly string[]) =>
    spawnSync(process.execPath, [at('scripts/test.js'), ...args], { cwd: tmpdir(), encoding: 'utf8' });
  const made = () => [readFileSync(at('dist/.stamp'), 'utf8'), statSync(at('dist/elsewhere.js')).mtimeMs];

  /** The modules of this clone, with tools in the place of its own that tell how they were called. */
  beforeAll(() => {
    rmSync(at('node_modules'));
    mkdirSync(at('node_modules'));
    const tools = { typescript: 'bin/tsc', '@biomejs': 'biome/bin/biome', vitest: 'vitest.mjs' };
    for (const name of readdirSync(join(root, 'node_modules')))
      if (!(name in tools)) symlinkSync(join(root, 'node_modules', name), at(`node_modules/${name}`));
    for (const [name, program] of Object.entries(tools)) {
      mkdirSync(join(at(`node_modules/${name}`), program, '..'), { recursive: true });
      writeFileSync(at(`node_modules/${name}/${program}`), `console.log('${name}', ...process.argv.slice(2));`);
    }
    spawnSync(process.execPath, [at('scripts/registry.js')], { cwd: tmpdir() });
  });

  it('builds what is missing, says so, and builds nothing again', () => {
    utimesSync(at('src/main/elsewhere.ts'), 2, 2);
    const before = made();
    const first = test('some/folder');
    expect(first).toMatchObject({ status: 0, stderr: 'Building…\n' });
    const tools = ['@biomejs check .', 'typescript -p .', 'typescript -p scripts', 'vitest run some/folder'];
    expect(first.stdout.trim().split('\n').sort()).toEqual(tools);
    const after = made();
    expect(after).not.toEqual(before);
    const again = test('some/folder');
    expect(again).toMatchObject({ status: 0, stderr: '' });
    expect(again.stdout.trim().split('\n').sort()).toEqual(tools);
    expect(made()).toEqual(after);
  });
});
