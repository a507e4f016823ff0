import { expect, it } from 'vitest';
import type { Flavor } from '../rest/nova.ts';
import { architectureNamed, hardwareOf, instanceTypeOf, instanceTypes } from './flavors.ts';

const flavor = (name: string, more: Partial<Flavor> = {}): Flavor => ({
  id: `id of ${name}`,
  name,
  vcpus: 2,
  ram: 512,
  disk: 4,
  'OS-FLV-EXT-DATA:ephemeral': 0,
  swap: '',
  'os-flavor-access:is_public': true,
  ...more,
});

const only = (more: Partial<Flavor>) => instanceTypes([flavor('f', more)], {}).byName.get('f')!;
const architectures = (extra_specs: Record<string, string>) => hardwareOf(only({ extra_specs })).architectures;

it('a flavor is an instance type by its name, and by its aliases', () => {
  const types = instanceTypes([flavor('m1.tiny'), flavor('a.big', { ram: 2048 })], {
    't3.micro': 'm1.tiny',
    x: 'none',
  });
  expect(types.names).toEqual(['a.big', 'm1.tiny', 't3.micro']);
  expect(types.astray).toEqual(['x']);
  expect(types.byName.get('t3.micro')).toMatchObject({ name: 't3.micro', flavor: { id: 'id of m1.tiny' } });
  expect(hardwareOf(types.byName.get('a.big')!)).toMatchObject({ name: 'a.big', vcpus: 2, memoryMiB: 2048 });
});

it('an alias stands for its flavor also where another flavor has that name', () => {
  const types = instanceTypes([flavor('m1.tiny'), flavor('m1.small')], { 'm1.small': 'm1.tiny' });
  expect(types.names).toEqual(['m1.small', 'm1.tiny']);
  expect(types.byName.get('m1.small')?.flavor.id).toBe('id of m1.tiny');
});

it('says what the flavor says', () => {
  const info = instanceTypeOf(only({ 'OS-FLV-EXT-DATA:ephemeral': 10, extra_specs: { 'hw:cpu_threads': '2' } }));
  expect(info).toMatchObject({
    InstanceType: 'f',
    VCpuInfo: { DefaultVCpus: 2, DefaultCores: 1, DefaultThreadsPerCore: 2 },
    MemoryInfo: { SizeInMiB: 512 },
    InstanceStorageSupported: true,
    InstanceStorageInfo: {
      TotalSizeInGB: 14,
      Disks: [
        { SizeInGB: 4, Count: 1 },
        { SizeInGB: 10, Count: 1 },
      ],
    },
  });
  expect(info).not.toHaveProperty('Hypervisor');
  expect(instanceTypeOf(only({ disk: 0 }))).toMatchObject({ InstanceStorageSupported: false });
});

it('leaves threads alone that do not divide the processors', () => {
  const odd = only({ vcpus: 3, extra_specs: { 'hw:cpu_threads': '2' } });
  expect(instanceTypeOf(odd).VCpuInfo).toMatchObject({ DefaultCores: 3, DefaultThreadsPerCore: 1 });
});

it('takes images of any architecture unless the flavor demands one', () => {
  expect(architectures({})).toEqual(['x86_64', 'i386', 'arm64']);
  expect(architectures({ 'trait:HW_ARCH_AARCH64': 'required' })).toEqual(['arm64']);
  expect(architectures({ 'trait1:HW_ARCH_X86_64': 'required' })).toEqual(['x86_64', 'i386']);
  expect(architectures({ 'trait:HW_ARCH_AARCH64': 'forbidden' })).toEqual(['x86_64', 'i386', 'arm64']);
  expect(architectures({ 'capabilities:cpu_info:arch': 's== aarch64' })).toEqual(['arm64']);
  expect(architectures({ 'trait:HW_CPU_X86_AVX2': 'required' })).toEqual(['x86_64', 'i386', 'arm64']);
});

it('knows the words for architectures', () => {
  expect(['amd64', 'x86_64', 'i686', 'aarch64', 'ppc64le'].map(architectureNamed)).toEqual([
    'x86_64',
    'x86_64',
    'i386',
    'arm64',
    undefined,
  ]);
});
