import { describe, expect, it } from 'vitest';
import { type Package, parsePackages, withDependencies } from './packages.ts';

const lists = `Package: shell
Version: 1:2.0-1
Depends: libc (>= 2.36),
 libtwo | libother:any, awk, perl:any | libnever
Description: a shell
 Depends: not a field

Package: libc
Version: 2.36
Pre-Depends: libbase
Depends: linux-base

Package: libother
Version: 1
Provides: libtwo (= 1), libtoo
Depends: libc

Package: libbase
Version: 1

Package: linux-image-cloud
Version: 6
Depends: linux-image-6.1 (= 6)

Package: linux-image-6.1
Version: 6
Depends: kmod, initramfs-tools | linux-initramfs-tool
`;
const all = parsePackages(lists);
const describeFrom = (from: readonly Package[]) => async (names: readonly string[]) =>
  from.filter(({ name }) => names.includes(name));
const find = describeFrom(all);
const chosen = async (...roots: readonly string[]) => (await withDependencies(roots, find)).map(({ name }) => name);

describe('packages', () => {
  it('are read from what dpkg and apt print', () => {
    expect(all).toHaveLength(6);
    expect(all[0]).toEqual({
      ...{ name: 'shell', version: '1:2.0-1', provides: [] },
      depends: [['libc'], ['libtwo', 'libother'], ['awk'], ['perl', 'libnever']],
    });
    expect(all[2]!.provides).toEqual(['libtwo', 'libtoo']);
    expect(parsePackages('N: Unable to locate package x\n')).toEqual([]);
  });

  it('bring their libraries, each once, and of alternatives the first that there is', async () => {
    const perl = { ...all[3]!, name: 'perl' };
    const found = await withDependencies(['shell'], describeFrom([...all, perl]));
    expect(found.map(({ name }) => name)).toEqual(['shell', 'libc', 'libother', 'perl', 'libbase']);
  });

  it('bring the kernel that a meta-package stands for, and none of its tools', async () => {
    expect(await chosen('linux-image-cloud', 'libbase')).toEqual(['linux-image-cloud', 'libbase', 'linux-image-6.1']);
  });

  it('are refused when one is not to be had, with its name', async () => {
    await expect(chosen('shell')).rejects.toThrow(/package perl or libnever, which shell needs, is not to be had/);
    await expect(chosen('nothing')).rejects.toThrow(/package nothing is not to be had/);
  });
});
