/**
 * Writes the table of instance types from a tab separated file of public facts.
 *
 * Usage: bundle with esbuild, then `node instance-types.js FACTS.tsv OUTPUT.ts`. The first line of the facts names the
 * columns. The form of the output is described, and read back, in `src/facts/hardware.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

type Facts = Readonly<Record<string, string>>;

const FLAGS: readonly (readonly [letter: string, column: string])[] = [
  ['c', 'current'],
  ['f', 'free_tier'],
  ['b', 'bare_metal'],
  ['u', 'burstable'],
  ['6', 'ipv6'],
  ['s', 'ena_srd'],
  ['t', 'encryption_in_transit'],
  ['h', 'hibernation'],
  ['r', 'auto_recovery'],
  ['d', 'dedicated_hosts'],
  ['n', 'enclaves'],
  ['p', 'tpm'],
  ['z', 'phc'],
  ['m', 'reboot_migration'],
];

function fail(facts: Facts, why: string): never {
  throw new Error(`${facts.type}: ${why}`);
}

function column(facts: Facts, name: string): string {
  const value = facts[name];
  if (value === undefined) throw new Error(`The facts have no column ${name}.`);
  return value;
}

/** The first letter of every value of a list: `on-demand,spot` is `os`. */
function letters(facts: Facts, name: string): string {
  const value = column(facts, name);
  return value === ''
    ? ''
    : value
        .split(',')
        .map((word) => word[0])
        .join('');
}

/** What whole families have in common; stored once and referred to by number. */
function profileOf(facts: Facts): string {
  if (column(facts, 'ebs_encryption') !== 'supported')
    fail(facts, 'the table has no place for a type without EBS encryption');
  const flags = FLAGS.filter(([, name]) => ['1', 'supported'].includes(column(facts, name))).map(([letter]) => letter);
  return [
    flags.join(''),
    column(facts, 'hypervisor'),
    column(facts, 'arch'),
    column(facts, 'maker'),
    column(facts, 'ghz'),
    column(facts, 'threads_per_core'),
    column(facts, 'valid_threads'),
    ...['usage_classes', 'root_devices', 'virtualization', 'boot_modes'].map((name) => letters(facts, name)),
    ...['ebs_optimized', 'ebs_nvme', 'ebs_limit_type', 'ena'].map((name) => letters(facts, name)),
    column(facts, 'efa_max_if'),
    letters(facts, 'storage_nvme'),
    letters(facts, 'storage_encryption'),
    letters(facts, 'placement'),
  ].join('|');
}

/** Numbers as runs: `1,2,3,4,8` is `1-4,8` and `2,4,6` is `2-6/2`. */
function runs(list: string): string {
  if (list === '') return '';
  const numbers = list.split(',').map(Number);
  const out: string[] = [];
  for (let start = 0; start < numbers.length; ) {
    const first = numbers[start]!;
    const step = (numbers[start + 1] ?? first) - first;
    let end = start;
    while (step > 0 && numbers[end + 1] === numbers[end]! + step) end++;
    if (end - start < 2) end = start;
    out.push(end === start ? `${first}` : `${first}-${numbers[end]}${step === 1 ? '' : `/${step}`}`);
    start = end + 1;
  }
  return out.join(',');
}

/** `Mbit/s:IOPS`, and the MB/s as a third number where AWS rounds it. */
function bandwidth(facts: Facts, prefix: string): string {
  const mbps = column(facts, `${prefix}_mbps`);
  if (mbps === '') return '';
  const megabytes = column(facts, `${prefix}_mBps`);
  const rounded = Number(megabytes) === Number(mbps) / 8 ? '' : `:${megabytes}`;
  return `${mbps}:${column(facts, `${prefix}_iops`)}${rounded}`;
}

function performance(words: string): string {
  const plain = /^(Up to )?([\d.]+) Gigabit$/.exec(words);
  return plain ? `${plain[1] ? '<' : ''}${plain[2]}` : words;
}

/** Cards as `COUNTxINTERFACES:baseline:peak[:performance]`, equal neighbours counted together. */
function cards(facts: Facts): string {
  const whole = column(facts, 'net_performance');
  const groups: { text: string; count: number }[] = [];
  let interfaces = 0;
  for (const [index, card] of column(facts, 'cards').split(';').entries()) {
    const [number, most, words, baseline, peak] = card.split(':');
    if (number !== String(index)) fail(facts, 'its network cards are not numbered from 0');
    interfaces += Number(most);
    const text = `${most}:${baseline}:${peak}${words === whole ? '' : `:${performance(words ?? '')}`}`;
    const last = groups.at(-1);
    if (last?.text === text) last.count++;
    else groups.push({ text, count: 1 });
  }
  if (interfaces !== Number(column(facts, 'net_max_if'))) fail(facts, 'its cards do not add up to its interfaces');
  return groups.map(({ text, count }) => `${count}x${text}`).join(';');
}

/** Accelerators as `KIND COUNTxMAKER NAME MEMORY`; a part of a GPU carries its share after a `/`. */
function accelerators(facts: Facts, wholeGpus: ReadonlyMap<string, number>): string {
  const kinds = { g: 'gpus', i: 'inference', n: 'neuron', f: 'fpgas', m: 'media' };
  const out: string[] = [];
  for (const [letter, name] of Object.entries(kinds)) {
    const value = column(facts, name);
    if (value === '') continue;
    const part = /^0x(.*) (\d+)$/.exec(value);
    const share = part ? Math.round((Number(part[2]) / (wholeGpus.get(part[1]!) ?? Number.NaN)) * 1000) / 1000 : 0;
    out.push(letter + (part ? value.replace('0x', `0/${share}x`) : value));
  }
  return out.join(';');
}

function rowOf(facts: Facts, profile: number, wholeGpus: ReadonlyMap<string, number>): string {
  const ipv4 = column(facts, 'ipv4_per_if');
  const ipv6 = column(facts, 'ipv6_per_if');
  const base = bandwidth(facts, 'ebs_base');
  const most = bandwidth(facts, 'ebs_max');
  return [
    column(facts, 'type'),
    profile.toString(36),
    column(facts, 'vcpus'),
    column(facts, 'mem_mib'),
    runs(column(facts, 'valid_cores')),
    column(facts, 'ebs_max_attach'),
    base,
    most === base ? '' : most,
    performance(column(facts, 'net_performance')),
    ipv4 === ipv6 ? ipv4 : `${ipv4}/${ipv6}`,
    cards(facts),
    column(facts, 'disks'),
    accelerators(facts, wholeGpus),
  ]
    .join('|')
    .replace(/\|+$/, '');
}

function main(source: string | undefined, target: string | undefined): void {
  if (!source || !target) throw new Error('Name the file of facts and the file to write.');
  const [header, ...lines] = readFileSync(source, 'utf8').trimEnd().split('\n');
  const names = header!.split('\t');
  const all = lines.map((line): Facts => Object.fromEntries(line.split('\t').map((value, i) => [names[i]!, value])));
  all.sort((a, b) => (column(a, 'type') < column(b, 'type') ? -1 : 1));
  const gpu = (facts: Facts) => /^[1-9]\d*x(.*) (\d+)$/.exec(column(facts, 'gpus'));
  const wholeGpus = new Map(all.map(gpu).flatMap((m) => (m ? [[m[1]!, Number(m[2])] as const] : [])));
  const profiles = [...new Set(all.map(profileOf))];
  const rows = all.map((facts) => rowOf(facts, profiles.indexOf(profileOf(facts)), wholeGpus));
  const text = [
    '/** Public facts about EC2 instance types. Written by scripts/instance-types.ts; the form is described in hardware.ts. */',
    `export const PROFILES = \`${profiles.join('\n')}\`;`,
    '',
    '/** One instance type a line, in the order of their names. */',
    `export const TYPES = \`${rows.join('\n')}\`;`,
    '',
  ];
  if (text.some((part) => part.includes('${') || part.includes('\\'))) throw new Error('The facts need escaping.');
  writeFileSync(target, text.join('\n'));
}

main(process.argv[2], process.argv[3]);
