import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverError } from '../../../../ports/driver.ts';
import { type Package, parsePackages, withDependencies } from './packages.ts';
import { run } from './run.ts';

/** Debian's packages, unpacked one over another. */
export interface Unpacked {
  readonly tree: string;
  /** Their names, with versions. */
  readonly packages: readonly string[];
}

/**
 * Unpacks packages, and what they need, into `tree`. Those in the folder are used, and what is missing there is fetched by
 * apt into it, which checks that it is Debian's.
 */
export async function unpack(roots: readonly string[], folder: string, tree: string): Promise<Unpacked> {
  await mkdir(folder, { recursive: true });
  const files = await packagesIn(folder);
  const packages = await withDependencies(roots, async (names) => [
    ...names.flatMap((name) => files.get(name)?.of ?? []),
    ...(await known(names.filter((name) => !files.has(name)))),
  ]);
  const fetched = packages.filter(({ name }) => !files.has(name));
  if (fetched.length > 0) {
    const names = fetched.map(({ name, version }) => `${name}=${version}`);
    await run('apt-get', ['download', '-q', ...names], { cwd: folder });
  }
  const there = fetched.length > 0 ? await packagesIn(folder) : files;
  await mkdir(tree, { recursive: true });
  for (const { name } of packages) await run('dpkg-deb', ['-x', there.get(name)!.path, tree]);
  return { tree, packages: packages.map(({ name, version }) => `${name} ${version}`) };
}

interface PackageFile {
  readonly path: string;
  readonly of: Package;
}

/** By their names, and by those that they stand for. */
async function packagesIn(folder: string): Promise<ReadonlyMap<string, PackageFile>> {
  const found = new Map<string, PackageFile>();
  const names = (await readdir(folder)).filter((name) => name.endsWith('.deb')).sort();
  for (const path of names.map((name) => join(folder, name))) {
    const [of] = parsePackages((await run('dpkg-deb', ['-f', path])).stdout);
    for (const name of of === undefined ? [] : [...of.provides, of.name]) found.set(name, { path, of: of! });
  }
  return found;
}

/** What apt knows of packages: of their versions those that it would install. */
async function known(names: readonly string[]): Promise<readonly Package[]> {
  if (names.length === 0) return [];
  try {
    return parsePackages((await run('apt-cache', ['show', '--no-all-versions', ...names])).stdout);
  } catch (error) {
    if (error instanceof DriverError && error.message.includes('No packages found')) return [];
    throw error;
  }
}
