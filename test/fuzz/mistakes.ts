import type { Pair } from './generate.ts';

/** A form with one thing wrong that must be refused, and what it is. */
export interface Mistake {
  readonly what: string;
  readonly pairs: readonly Pair[];
}

/** Values of these are free text, or a pattern: another one is no mistake. */
const isFree = (name: string): boolean =>
  /^(Filter\.|Tag\.|Name$|Description$|KeyName$|GroupName$|GroupDescription$|RootDeviceName$)/.test(name) ||
  name.endsWith('.DeviceName');

const replaced = (pairs: readonly Pair[], at: number, pair: Pair): readonly Pair[] =>
  pairs.map((one, i) => (i === at ? pair : one));

/** Tools send these empty where they mean none (Packer). */
const mayBeEmpty: ReadonlySet<string> = new Set(['SubnetId']);

/** Every single mistake that can be put into each parameter of a form that would succeed. */
export function mistakesIn(pairs: readonly Pair[]): readonly Mistake[] {
  const inEach = pairs.flatMap(([name, value], at): readonly Mistake[] => [
    { what: `${name} under a name that is none`, pairs: replaced(pairs, at, [`${name}x`, value]) },
    { what: `${name} with something below it`, pairs: replaced(pairs, at, [`${name}.0x.y`, value]) },
    { what: `${name} with an index that is too large`, pairs: replaced(pairs, at, [indexed(name), value]) },
    ...(isFree(name)
      ? []
      : [
          { what: `${name} of another kind`, pairs: replaced(pairs, at, [name, 'no-such/thing']) },
          ...(mayBeEmpty.has(name) ? [] : [{ what: `${name} of nothing`, pairs: replaced(pairs, at, [name, '']) }]),
          { what: `${name} with a control character`, pairs: replaced(pairs, at, [name, `${value}\u0000`]) },
        ]),
  ]);
  return [...inEach, { what: 'a parameter too many', pairs: [...pairs, ['NoSuchParameter', '1']] }];
}

const indexed = (name: string): string => `${name.replace(/\.\d+(?=$|\.)/, '')}.4294967296`;
