import { chmod, copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DriverError } from '../../../../ports/driver.ts';
import { isMissing } from '../../records.ts';
import { type Entry, writeCpio } from './cpio.ts';
import { readNeeds } from './elf.ts';
import { files, folders, modules, ramdiskInit } from './guest.ts';
import { dependenciesOf, inOrder, moduleName } from './modules.ts';
import { run } from './run.ts';

/** Where packages have their libraries, and where the loader of a machine looks for them. */
const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'] as const;
const library = libraries[1];

/** Where packages have a program. */
const pathsOf = (name: string): readonly string[] =>
  ['usr/bin', 'usr/sbin', 'bin', 'sbin'].map((each) => join(each, name));

/** Programs of the machine, besides busybox: where packages have them, and where the machine does. */
const programs = [
  ...['dropbear', 'dropbearkey', 'dbclient', 'mke2fs', 'resize2fs'].map(
    (name) => [pathsOf(name), `usr/bin/${name}`] as const,
  ),
  // Where dropbear looks for it, when a client sends files.
  [['usr/lib/openssh/sftp-server'], 'usr/lib/sftp-server'],
] as const;

/** Runs a program of the packages, with their libraries: those of this computer may be others, or none. */
export async function runOf(tree: string, name: string, args: readonly string[]) {
  const own = ['--library-path', libraries.map((each) => join(tree, each)).join(':')];
  return run(await loader(tree), [...own, await find(tree, pathsOf(name)), ...args]);
}

/** The first of the paths that is there, below the tree of the packages. */
async function find(tree: string, paths: readonly string[]): Promise<string> {
  for (const path of paths.map((each) => join(tree, each))) if ((await read(path)) !== undefined) return path;
  throw new DriverError('invalid', `the packages have no ${paths[0]}: they are none of Debian's that this knows`);
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes the root file system of the machine, of the packages in `tree`, into the folder `root`; tells the kernel's release. */
export async function writeRoot(tree: string, root: string): Promise<string> {
  const busybox = await find(tree, pathsOf('busybox'));
  for (const [path, mode] of folders) {
    await folder(join(root, path));
    await chmod(join(root, path), mode);
  }
  for (const { path, text, mode } of files) await file(join(root, path), text, mode);
  await program(busybox, join(root, 'bin/busybox'));
  await links(busybox, root);
  for (const [paths, path] of programs) await withLibraries(tree, await find(tree, paths), root, path);
  await symlink('mke2fs', join(root, 'usr/bin/mkfs.ext4'));
  const kernel = (await readdir(join(tree, 'boot')))
    .filter((name) => name.startsWith('vmlinuz-'))
    .sort()
    .at(-1);
  if (kernel === undefined) throw new DriverError('invalid', 'the packages have no kernel');
  await folder(join(root, 'boot'));
  await copyFile(join(tree, 'boot', kernel), join(root, 'boot/vmlinuz'));
  await chmod(join(root, 'boot/vmlinuz'), 0o644);
  const release = kernel.slice('vmlinuz-'.length);
  await file(join(root, 'boot/initrd'), writeCpio(await ramdisk(tree, release, busybox)));
  return release;
}

/** Folders and files have the permissions that they should, whatever the mask of whoever runs this. */
async function folder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made === undefined) return;
  for (let each = path; each.length >= made.length; each = dirname(each)) await chmod(each, 0o755);
}

async function file(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await folder(dirname(path));
  await writeFile(path, content);
  await chmod(path, mode);
}

async function program(from: string, to: string): Promise<void> {
  await file(to, await readFile(from), 0o755);
}

/** The many names of busybox. What is there already keeps its own. */
async function links(busybox: string, root: string): Promise<void> {
  const { stdout } = await run(busybox, ['--list-full']);
  // The kernel and scripts ask for the first two, whatever busybox lists them as.
  const paths = new Set(['sbin/init', 'bin/sh', ...stdout.split('\n')]);
  const kept = new Set(['bin/busybox', ...files.map(({ path }) => path)]);
  for (const path of paths) {
    if (!/^(usr\/)?s?bin\/[^/]+$/.test(path) || kept.has(path)) continue;
    await folder(dirname(join(root, path)));
    await symlink('/bin/busybox', join(root, path));
  }
}

async function withLibraries(tree: string, from: string, root: string, to: string): Promise<void> {
  await program(from, join(root, to));
  const { interpreter, libraries: names = [] } = readNeeds(await readFile(from)) ?? {};
  if (interpreter !== undefined && (await read(join(root, interpreter))) === undefined)
    await program(await loader(tree), join(root, interpreter));
  for (const name of names) {
    if (name === basename(interpreter ?? '') || (await read(join(root, library, name))) !== undefined) continue;
    const path = await find(
      tree,
      libraries.map((each) => join(each, name)),
    );
    await withLibraries(tree, path, root, join(library, name));
  }
}

/** The program that loads others with their libraries. */
const loader = (tree: string): Promise<string> =>
  find(
    tree,
    libraries.map((each) => join(each, 'ld-linux-x86-64.so.2')),
  );

async function ramdisk(tree: string, release: string, busybox: string): Promise<readonly Entry[]> {
  const found = await readModules(tree, release);
  const order = await inOrder(modules, async (name) => {
    const content = await found(name);
    return content && dependenciesOf(content);
  });
  const content = async (name: string): Promise<Entry> => ({ name: `modules/${name}.ko`, data: (await found(name))! });
  return [
    ...['bin', 'dev', 'proc', 'sys', 'modules', 'new'].map((name) => ({ name })),
    { name: 'init', mode: 0o755, data: ramdiskInit },
    { name: 'bin/busybox', mode: 0o755, data: await readFile(busybox) },
    { name: 'modules/order', data: order.join('\n') },
    ...(await Promise.all(order.map(content))),
  ];
}

/** The modules of a kernel by their names, unpacked. */
async function readModules(tree: string, release: string): Promise<(name: string) => Promise<Buffer | undefined>> {
  const below = await find(tree, [
    `lib/modules/${release}/modules.builtin`,
    `usr/lib/modules/${release}/modules.builtin`,
  ]);
  const paths = new Map<string, string>();
  for (const path of await readdir(dirname(below), { recursive: true })) {
    const name = moduleName(path);
    if (name !== undefined) paths.set(name, join(dirname(below), path));
  }
  return async (name) => {
    const path = paths.get(name);
    if (path?.endsWith('.xz')) {
      await run('xz', ['-dkf', path]);
      return readFile(path.slice(0, -'.xz'.length));
    }
    return path === undefined ? undefined : readFile(path);
  };
}
