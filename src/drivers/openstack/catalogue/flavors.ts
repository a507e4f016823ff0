import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import type { Hardware } from '../../../ports/driver.ts';
import type { Flavor } from '../rest/nova.ts';

/** A flavor under one of its names: its own, or an alias. */
export interface NamedFlavor {
  readonly name: string;
  readonly flavor: Flavor;
}

/** The instance types that a cloud offers, in the order of their names, and the aliases that lead nowhere. */
export interface InstanceTypes {
  readonly names: readonly string[];
  readonly byName: ReadonlyMap<string, NamedFlavor>;
  readonly astray: readonly string[];
}

/** Every flavor by its name. An alias is a second name; it wins over a flavor of that name, for it was written down on purpose. */
export function instanceTypes(flavors: readonly Flavor[], aliases: Readonly<Record<string, string>>): InstanceTypes {
  const own = new Map(flavors.map((flavor) => [flavor.name, { name: flavor.name, flavor }]));
  const byName = new Map(own);
  const astray: string[] = [];
  for (const [name, of] of Object.entries(aliases)) {
    const flavor = own.get(of)?.flavor;
    if (flavor === undefined) astray.push(name);
    else byName.set(name, { name, flavor });
  }
  return { names: [...byName.keys()].sort(), byName, astray };
}

/** Whether only some projects may use a flavor. */
export const isPrivate = (flavor: Flavor): boolean => flavor['os-flavor-access:is_public'] === false;

/** What the core needs of a flavor. */
export const hardwareOf = ({ name, flavor }: NamedFlavor): Hardware => ({
  name,
  vcpus: flavor.vcpus,
  memoryMiB: flavor.ram,
  architectures: architecturesOf(flavor),
});

/** A flavor in the words of DescribeInstanceTypes. What OpenStack does not tell, such as a processor's name, is absent. */
export function instanceTypeOf({ name, flavor }: NamedFlavor): InstanceTypeInfo {
  return {
    InstanceType: name as InstanceTypeInfo['InstanceType'],
    CurrentGeneration: true,
    FreeTierEligible: false,
    SupportedUsageClasses: ['on-demand'],
    SupportedRootDeviceTypes: ['ebs', 'instance-store'],
    // Paravirtual is what EC2 calls an image that boots with a kernel from outside of it; hypervisors of Nova can do that.
    SupportedVirtualizationTypes: ['hvm', 'paravirtual'],
    BareMetal: false,
    ProcessorInfo: { SupportedArchitectures: architecturesOf(flavor) },
    VCpuInfo: cpus(flavor),
    MemoryInfo: { SizeInMiB: flavor.ram },
    ...storage(flavor),
    EbsInfo: {
      EbsOptimizedSupport: 'unsupported',
      EncryptionSupport: 'unsupported',
      NvmeSupport: 'unsupported',
      MaximumEbsAttachments: maximumDisks,
      AttachmentLimitType: 'dedicated',
    },
    NetworkInfo: network(),
    HibernationSupported: false,
    BurstablePerformanceSupported: false,
    DedicatedHostsSupported: false,
    AutoRecoverySupported: false,
    // The image says how it boots (`hw_firmware_type`), and the hypervisor follows.
    SupportedBootModes: ['legacy-bios', 'uefi'],
    NitroEnclavesSupport: 'unsupported',
    NitroTpmSupport: 'unsupported',
    PhcSupport: 'unsupported',
  };
}

/** vda to vdz: device names of virtio disks of one letter. */
const maximumDisks = 26;

/** Nova has no limits of its own here; these leave room for disks on a machine's one PCI bus of 32 places. */
const network = (): InstanceTypeInfo['NetworkInfo'] => ({
  NetworkPerformance: 'Moderate',
  MaximumNetworkInterfaces: 8,
  MaximumNetworkCards: 1,
  DefaultNetworkCardIndex: 0,
  NetworkCards: [{ NetworkCardIndex: 0, NetworkPerformance: 'Moderate', MaximumNetworkInterfaces: 8 }],
  Ipv4AddressesPerInterface: 30,
  Ipv6AddressesPerInterface: 30,
  Ipv6Supported: true,
  // Amazon's own adapter. An image that could use it is not refused for this; only `required` would refuse others.
  EnaSupport: 'unsupported',
  EfaSupported: false,
});

function cpus({ vcpus, extra_specs: specs }: Flavor): InstanceTypeInfo['VCpuInfo'] {
  const asked = Number(specs?.['hw:cpu_threads'] ?? 1);
  const threads = Number.isInteger(asked) && asked > 0 && vcpus % asked === 0 ? asked : 1;
  return { DefaultVCpus: vcpus, DefaultCores: vcpus / threads, DefaultThreadsPerCore: threads };
}

/**
 * Disks that live and die with the machine: the flavor's root disk, which images without a volume of their own are copied
 * to, and its ephemeral disk. GiB, which EC2 calls GB.
 */
function storage(flavor: Flavor): Pick<InstanceTypeInfo, 'InstanceStorageSupported' | 'InstanceStorageInfo'> {
  const sizes = [flavor.disk, flavor['OS-FLV-EXT-DATA:ephemeral']].filter((size) => size > 0);
  if (sizes.length === 0) return { InstanceStorageSupported: false };
  return {
    InstanceStorageSupported: true,
    InstanceStorageInfo: {
      TotalSizeInGB: sizes.reduce((sum, size) => sum + size, 0),
      Disks: sizes.map((size) => ({ SizeInGB: size, Count: 1 })),
      NvmeSupport: 'unsupported',
      EncryptionSupport: 'unsupported',
    },
  };
}

type Architecture = 'x86_64' | 'i386' | 'arm64';

/** Traits of hosts that a flavor may require (os-traits). */
const traits: Readonly<Record<string, Architecture>> = {
  HW_ARCH_X86_64: 'x86_64',
  HW_ARCH_I686: 'i386',
  HW_ARCH_AARCH64: 'arm64',
};

/**
 * The architectures that a flavor demands of its hosts: by a required trait, or by a comparison with what the host's
 * processor says of itself (`capabilities:cpu_info:arch`). Most flavors demand none: then the image decides, for which
 * Nova's scheduler finds a host or not, and the type must refuse no image that could run.
 */
function architecturesOf({ extra_specs: specs = {} }: Flavor): Architecture[] {
  const found = new Set<Architecture>();
  for (const [key, value] of Object.entries(specs)) {
    const trait = /^trait\d*:(HW_ARCH_\w+)$/.exec(key)?.[1];
    if (trait !== undefined && value === 'required') add(found, traits[trait]);
    if (/^(capabilities:cpu_info:arch|capabilities:arch|hw:architecture)$/.test(key)) {
      // `x86_64`, `s== x86_64`, `<or> x86_64 <or> i686`.
      for (const word of value.split(/\s+/)) add(found, architectureNamed(word));
    }
  }
  // What runs 64-bit code of x86 runs the 32-bit one, too.
  if (found.has('x86_64')) found.add('i386');
  return found.size === 0 ? ['x86_64', 'i386', 'arm64'] : [...found];
}

function add(found: Set<Architecture>, one: Architecture | undefined): void {
  if (one !== undefined) found.add(one);
}

/** EC2's word for an architecture in the words of Glance, Nova and libvirt; undefined where EC2 has none. */
export function architectureNamed(text: string): Architecture | undefined {
  if (/^(x86_64|amd64)$/i.test(text)) return 'x86_64';
  if (/^(i[3-6]86|x86)$/i.test(text)) return 'i386';
  return /^(aarch64|arm64)$/i.test(text) ? 'arm64' : undefined;
}
