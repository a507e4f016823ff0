/**
 * Reads the table of instance types. Nothing is parsed before the first question; then the names are indexed once, and
 * a type is decoded when it is first asked for.
 *
 * The form, written by `scripts/instance-types.ts` (fields parted by `|`, trailing empty ones left out):
 * - a profile: flags, hypervisor, architectures, maker, GHz, threads per core, valid threads; then first letters of usage
 *   classes, root devices, virtualization, boot modes; EBS optimisation, EBS NVMe, attachment limit, ENA; most EFA
 *   interfaces; instance storage NVMe and encryption; placement strategies.
 * - a type: name, profile (base 36), vCPUs, MiB, valid cores as runs (`2-8/2`), most attachments, EBS baseline and maximum
 *   (`Mbit/s:IOPS[:MB/s]`; no maximum: as the baseline), network (`<10`: up to 10 Gigabit), IPv4 addresses an interface
 *   (`/` IPv6 where they differ), network cards (`COUNTxINTERFACES:baseline:peak[:network]`), disks (`2x80xssd`),
 *   accelerators (kind letter, count, maker, name, MiB; `0/0.125x`: an eighth of a GPU).
 */
import type { EbsBandwidth, Hardware, InstanceDisk, NetworkCard, Support } from './hardware-types.ts';
import { PROFILES, TYPES } from './instance-types.data.ts';
import { readAccelerators } from './read-accelerators.ts';

const SUPPORT: Readonly<Record<string, Support>> = { d: 'default', r: 'required', s: 'supported', u: 'unsupported' };
const USAGE = { c: 'capacity-block', o: 'on-demand', s: 'spot' } as const;
const ROOT = { e: 'ebs', i: 'instance-store' } as const;
const VIRTUALIZATION = { h: 'hvm', p: 'paravirtual' } as const;
const BOOT = { l: 'legacy-bios', u: 'uefi' } as const;
const PLACEMENT = { c: 'cluster', p: 'partition', s: 'spread' } as const;

/** The lines of the table by the name of their type. */
let lines: ReadonlyMap<string, string> | undefined;
let profiles: readonly string[] | undefined;
let names: readonly string[] | undefined;
const decoded = new Map<string, Hardware>();

function index(): ReadonlyMap<string, string> {
  lines ??= new Map(TYPES.split('\n').map((line) => [line.slice(0, line.indexOf('|')), line]));
  return lines;
}

/** Every instance type's name, in code point order. */
export function instanceTypeNames(): readonly string[] {
  names ??= Object.freeze([...index().keys()]);
  return names;
}

/** What a machine of this type is, or undefined for a name that EC2 does not know. The same object every time. */
export function hardwareOf(name: string): Hardware | undefined {
  const known = decoded.get(name);
  if (known) return known;
  const line = index().get(name);
  if (line === undefined) return undefined;
  const hardware = decode(line);
  decoded.set(name, hardware);
  return hardware;
}

function spell<const Words extends Readonly<Record<string, string>>>(
  letters: string,
  words: Words,
): Words[keyof Words][] {
  return [...letters].map((letter) => words[letter] as Words[keyof Words]);
}

function decode(line: string): Hardware {
  const row = line.split('|');
  const field = (at: number): string => row[at] ?? '';
  profiles ??= PROFILES.split('\n');
  const [ipv4, ipv6] = field(9).split('/');
  const baseline = readBandwidth(field(6));
  const common = readProfile(profiles[Number.parseInt(field(1), 36)]!);
  return Object.freeze({
    name: field(0),
    ...common,
    vcpus: Number(field(2)),
    cores: Number(field(2)) / common.threadsPerCore,
    memoryMiB: Number(field(3)),
    validCores: readRuns(field(4)),
    maxEbsAttachments: Number(field(5)),
    ebsBaseline: baseline,
    ebsMaximum: field(7) === '' ? baseline : readBandwidth(field(7)),
    networkPerformance: readPerformance(field(8)),
    ipv4PerInterface: Number(ipv4),
    ipv6PerInterface: Number(ipv6 ?? ipv4),
    networkCards: readCards(field(10), field(8)),
    disks: readDisks(field(11)),
    accelerators: readAccelerators(field(12)),
  });
}

function readProfile(line: string) {
  const row = line.split('|');
  const field = (at: number): string => row[at] ?? '';
  const has = (flag: string): boolean => field(0).includes(flag);
  const support = (at: number): Support | undefined => SUPPORT[field(at)];
  return {
    currentGeneration: has('c'),
    freeTierEligible: has('f'),
    bareMetal: has('b'),
    burstable: has('u'),
    ipv6: has('6'),
    enaSrd: has('s'),
    encryptionInTransit: has('t'),
    hibernation: has('h'),
    autoRecovery: has('r'),
    dedicatedHosts: has('d'),
    nitroEnclaves: has('n'),
    nitroTpm: has('p'),
    phc: has('z'),
    rebootMigration: has('m'),
    hypervisor: field(1) === '' ? undefined : (field(1) as 'nitro' | 'xen'),
    architectures: field(2).split(',') as Hardware['architectures'],
    manufacturer: field(3),
    clockGHz: field(4) === '' ? undefined : Number(field(4)),
    threadsPerCore: Number(field(5)),
    validThreadsPerCore: field(6) === '' ? [] : field(6).split(',').map(Number),
    usageClasses: spell(field(7), USAGE),
    rootDevices: spell(field(8), ROOT),
    virtualization: spell(field(9), VIRTUALIZATION),
    bootModes: spell(field(10), BOOT),
    ebsOptimized: support(11) as Hardware['ebsOptimized'],
    ebsNvme: support(12) as Hardware['ebsNvme'],
    ebsLimit: field(13) === 'd' ? ('dedicated' as const) : ('shared' as const),
    ena: support(14) as Hardware['ena'],
    maxEfaInterfaces: Number(field(15)),
    storageNvme: support(16) as Hardware['storageNvme'],
    storageEncryption: support(17) as Hardware['storageEncryption'],
    placement: spell(field(18), PLACEMENT),
  };
}

function readRuns(text: string): number[] {
  const numbers: number[] = [];
  for (const run of text === '' ? [] : text.split(',')) {
    const [, first, last, step] = /^(\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(run) ?? [];
    for (let n = Number(first); n <= Number(last ?? first); n += Number(step ?? 1)) numbers.push(n);
  }
  return numbers;
}

function readBandwidth(text: string): EbsBandwidth | undefined {
  if (text === '') return undefined;
  const [mbps, iops, megabytes] = text.split(':').map(Number) as [number, number, number?];
  return { bandwidthMbps: mbps, throughputMBps: megabytes ?? mbps / 8, iops };
}

function readPerformance(text: string): string {
  if (text.startsWith('<')) return `Up to ${text.slice(1)} Gigabit`;
  return /^[\d.]+$/.test(text) ? `${text} Gigabit` : text;
}

function readCards(text: string, whole: string): NetworkCard[] {
  const cards: NetworkCard[] = [];
  for (const group of text.split(';')) {
    const [, count, interfaces, baseline, peak, own] = /^(\d+)x(\d+):([\d.]+):([\d.]+)(?::(.*))?$/.exec(group) ?? [];
    for (let left = Number(count); left > 0; left--) {
      cards.push({
        index: cards.length,
        performance: readPerformance(own ?? whole),
        maxInterfaces: Number(interfaces),
        baselineGbps: Number(baseline),
        peakGbps: Number(peak),
      });
    }
  }
  return cards;
}

function readDisks(text: string): InstanceDisk[] {
  if (text === '') return [];
  return text.split(',').map((group) => {
    const [count, size, type] = group.split('x');
    return { sizeGB: Number(size), count: Number(count), type: type as InstanceDisk['type'] };
  });
}
