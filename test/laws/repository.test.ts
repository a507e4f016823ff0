import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ignored, pathsBelow, root } from './source/tree.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Addresses of a registry that somebody's npm wrote into a lock file. */
const resolved = (lock: string): readonly string[] => lock.match(/"resolved": *"https?:[^"]*"/g) ?? [];

/** Folders of one computer: usual ones, and those of whoever runs this unless they are short enough to be words. */
const ownFolders = [
  ...['work', 'root'].map((name) => `/${name}/`),
  ...[homedir(), root].filter((folder) => folder.split('/').length > 2).map((folder) => `${folder}/`),
];

/** Places in a text that name such a folder. */
function privatePaths(text: string): readonly string[] {
  return ownFolders.filter((folder) => {
    const at = text.indexOf(folder);
    return at >= 0 && !/[\w.~-]/.test(text[at - 1] ?? ' ');
  });
}

/** The host that this npm installs from, unless it is the public one. */
function registryHost(): string | undefined {
  const url = process.env.npm_config_registry ?? '';
  const host = url === '' ? '' : new URL(url).hostname;
  return /^$|npmjs\.org$|^localhost$|^127\./.test(host) ? undefined : host;
}

describe('the repository', () => {
  const host = registryHost();
  const texts = pathsBelow('').map((path) => ({ path, text: read(path) }));

  it('keeps its lock file', () => expect(ignored(read('.gitignore'), 'package-lock.json')).toBe(false));

  it('locks versions, not addresses', () => {
    expect(JSON.parse(read('package-lock.json')).lockfileVersion).toBeGreaterThanOrEqual(3);
    expect(resolved(read('package-lock.json'))).toEqual([]);
    expect(resolved('{ "resolved": "https://registry.example/a.tgz" }')).toHaveLength(1);
  });

  it('locks what other systems need too, or npm ci refuses there and here', () => {
    const packages = JSON.parse(read('package-lock.json')).packages as Record<
      string,
      { optionalDependencies?: object }
    >;
    const absent = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${folder}/node_modules/${name}`],
      ),
    );
    expect(absent).toEqual([]);
  });

  it('names no folder of one computer', () => {
    expect(texts.filter(({ text }) => privatePaths(text).length > 0).map(({ path }) => path)).toEqual([]);
    expect(privatePaths(`see ${ownFolders[0]}notes`)).toHaveLength(1);
    expect(privatePaths(`see src${ownFolders[0]}notes`)).toEqual([]);
  });

  it('names no private registry', () => {
    expect(texts.filter(({ text }) => host !== undefined && text.includes(host)).map(({ path }) => path)).toEqual([]);
  });
});

describe('the registry of actions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-registry-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const script = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(root, 'scripts/registry.js'), ...args], { encoding: 'utf8' });

  it('is what the folders say', () => expect(script('--check')).toMatchObject({ status: 0, stderr: '' }));

  it('is not current once an action was added', () => {
    mkdirSync(join(folder, 'src/cloud/volume/actions'), { recursive: true });
    expect(script('--root', folder).status).toBe(0);
    expect(script('--root', folder, '--check').status).toBe(0);
    writeFileSync(join(folder, 'src/cloud/volume/actions/CreateVolume.ts'), 'export default {};\n');
    writeFileSync(join(folder, 'src/cloud/volume/actions/CreateVolume.test.ts'), '');
    expect(script('--root', folder, '--check')).toMatchObject({ status: 1 });
    expect(script('--root', folder).status).toBe(0);
    expect(readFileSync(join(folder, 'src/cloud/registry.ts'), 'utf8')).toContain(
      "import CreateVolume from './volume/actions/CreateVolume.ts';",
    );
  });

  it('refuses two actions of one name', () => {
    cpSync(join(folder, 'src/cloud/volume'), join(folder, 'src/cloud/other'), { recursive: true });
    expect(script('--root', folder)).toMatchObject({ status: 1, stderr: expect.stringContaining('CreateVolume.ts') });
  });
});

describe('the names of the models’ actions', () => {
  it('are those of the SDK that is installed', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/action-names.js'), '--check'], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  });
});

describe('docs/dependencies.md', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));

  /** First cells of the rows of its tables. */
  const listed = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)];

  it('has one line for each package', () => {
    expect(listed.map(([, name]) => name).sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
  });

  it('says of each why it is here, its licence, its upkeep and what it asks of Node', () => {
    for (const [line, , rest = ''] of listed) {
      const cells = rest.split('|').map((cell) => cell.trim());
      expect(cells, line).toHaveLength(4);
      expect(cells, line).not.toContain('');
    }
  });
});
