import type { Chance } from './chance.ts';
import type { Pair } from './generate.ts';

/** Something wrong with a form; it gives the new one. */
type Mutation = (pairs: readonly Pair[], chance: Chance) => readonly Pair[];

const hostile = [
  '\u0000',
  '\u0001\u001f',
  '\u202e',
  '\ud83d\ude00',
  '<a>&amp;</b>',
  "'; drop table item; --",
  '%00',
  '../../etc/passwd',
  '$' + '{jndi:x}',
  '__proto__',
  'constructor',
  'toString',
  '[object Object]',
  '-',
  'i-',
  'vol-',
  'i-zzzzzzzzzzzzzzzzz',
  'vol-00000000',
  'null',
  'undefined',
];

const at = (pairs: readonly Pair[], chance: Chance): number => chance.below(Math.max(1, pairs.length));
const replaced = (pairs: readonly Pair[], index: number, change: (pair: Pair) => Pair): readonly Pair[] =>
  pairs.map((pair, i) => (i === index ? change(pair) : pair));

const drop: Mutation = (pairs, chance) => pairs.toSpliced(at(pairs, chance), 1);
const twice: Mutation = (pairs, chance) => (pairs.length === 0 ? pairs : [...pairs, pairs[at(pairs, chance)]!]);
const rename: Mutation = (pairs, chance) =>
  replaced(pairs, at(pairs, chance), ([name, value]) => [
    chance.of([
      `${name}x`,
      name.toLowerCase(),
      `${name}.1`,
      `${name}.`,
      `.${name}`,
      `${name}..1`,
      '__proto__',
      '__proto__.x',
      `${name}.constructor`,
    ]),
    value,
  ]);
const index: Mutation = (pairs, chance) =>
  replaced(pairs, at(pairs, chance), ([name, value]) => [
    `${name.replace(/\.\d+/, '')}.${chance.of(['0', '-1', '99999999999999999999', '2147483648', '1e9', '01', 'x', '1000001'])}`,
    value,
  ]);
const deep: Mutation = (pairs, chance) =>
  replaced(pairs, at(pairs, chance), ([name, value]) => [name + '.1'.repeat(1 + chance.below(400)), value]);
const odd: Mutation = (pairs, chance) => replaced(pairs, at(pairs, chance), ([name]) => [name, chance.of(hostile)]);
const oddName: Mutation = (pairs, chance) => [...pairs, [chance.of(hostile), 'x']];
const huge: Mutation = (pairs, chance) =>
  chance.once(12) ? replaced(pairs, at(pairs, chance), ([name]) => [name, 'A'.repeat(1_000_000)]) : odd(pairs, chance);
const long: Mutation = (pairs, chance) =>
  replaced(pairs, at(pairs, chance), ([name, value]) => [name, value.slice(0, 300).repeat(1 + chance.below(500))]);
const many: Mutation = (pairs, chance) => {
  const [name, value] = pairs[at(pairs, chance)] ?? ['Filter.1.Name', 'x'];
  const more = chance.once(20) ? 11_000 : 300;
  return [
    ...pairs,
    ...Array.from(
      { length: more },
      (_, i): Pair => [`${name.slice(0, 60).replace(/\.\d+.*/, '')}.${i + 1}`, value.slice(0, 30)],
    ),
  ];
};
const version: Mutation = (pairs, chance) =>
  replaced(
    pairs,
    pairs.findIndex(([name]) => name === 'Version'),
    () => ['Version', chance.of(['2006-06-26', '2014-10-01', '2011-06-15', '1999-01-01', '', 'latest', '2016-11-15x'])],
  );

const mutations = [drop, twice, rename, index, deep, odd, odd, oddName, huge, long, many, version];

/** The form with up to three things wrong; sometimes none. */
export function mutated(pairs: readonly Pair[], chance: Chance): readonly Pair[] {
  let form = pairs;
  for (let i = chance.below(4); i > 0; i--) form = chance.of(mutations)(form, chance);
  return form;
}

/** The bytes of a form, sometimes broken. What comes first of a form that is cut stays whole: its dry run. */
export function bytesOf(pairs: readonly Pair[], chance: Chance): Buffer {
  const encode = chance.once(8) ? (text: string) => text.replaceAll('&', '') : encodeURIComponent;
  // Cutting a text may have left half a character, which has no bytes.
  const sound = (text: string): string => encode(Buffer.from(text).toString('utf8'));
  const text = pairs.map(([name, value]) => `${sound(name)}=${sound(value)}`).join('&');
  const whole = Buffer.from(text);
  if (!chance.once(10)) return whole;
  const broken = [
    () => Buffer.concat([whole, Buffer.from('&x=%')]),
    () => Buffer.concat([whole, Buffer.from('&x=%zz')]),
    () => Buffer.concat([whole, Buffer.from('&x=%c3%28')]),
    () => Buffer.concat([whole, Buffer.from('&x='), Buffer.from([0xff, 0xfe, 0xc0, 0x80])]),
    () => Buffer.concat([whole, Buffer.from('&'), chance.bytes(40)]),
    () => whole.subarray(0, 12 + chance.below(Math.max(1, whole.length - 12))),
    () => Buffer.concat([whole, Buffer.from('&&&==&=x')]),
    () => Buffer.from(JSON.stringify(Object.fromEntries(pairs))),
  ];
  return chance.of(broken)();
}

export const contentTypes = [
  'application/x-www-form-urlencoded; charset=utf-8',
  'application/x-www-form-urlencoded',
  'application/json',
  'multipart/form-data; boundary=x',
  'text/xml',
  '',
];
