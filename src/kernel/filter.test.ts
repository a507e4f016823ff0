import { describe, expect, it } from 'vitest';
import { compileFilter, compilePattern, type FilterValue, filterTexts, hasWildcard } from './filter.ts';

describe('patterns', () => {
  it.each([
    ['web', 'web', true],
    ['web', 'Web', false],
    ['web', 'web ', false],
    ['', '', true],
    ['', 'x', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['?', '', false],
    ['?', 'é', true],
    ['?', '🚀', true],
    ['??', '🚀', false],
    ['web*', 'web', true],
    ['web*', 'website', true],
    ['*site', 'website', true],
    ['w*b*e', 'website', true],
    ['w*z*e', 'website', false],
    ['a**b', 'ab', true],
    ['*a*', 'bbb', false],
    ['w?b', 'web', true],
    ['w?b', 'wb', false],
    ['\\*amazon\\?', '*amazon?', true],
    ['\\*amazon\\?', 'xamazonx', false],
    ['a\\\\b', 'a\\b', true],
    ['a\\b', 'a\\b', true],
    ['a\\', 'a\\', true],
    ['.*', 'x', false],
    ['[a-z]+(', '[a-z]+(', true],
    ['*.+$^*', 'x.+$^y', true],
    ['line*end', 'line\nend', true],
  ])('%j and %j: %s', (pattern, text, matches) => {
    expect(compilePattern(pattern)(text)).toBe(matches);
  });

  it('a hostile pattern cannot stall the server', () => {
    const text = 'a'.repeat(20_000);
    const began = process.hrtime.bigint();
    expect(compilePattern(`${'*a'.repeat(500)}b`)(text)).toBe(false);
    expect(compilePattern(`${'a*'.repeat(500)}?b`)(text)).toBe(false);
    expect(compilePattern(`${'*'.repeat(10_000)}b`)(text)).toBe(false);
    expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(2_000);
  });

  it('a backslash alone is no wildcard', () => {
    expect(['*', 'a?', 'a\\b', 'plain'].map(hasWildcard)).toEqual([true, true, false, false]);
  });
});

describe('filters', () => {
  const matches = (value: FilterValue, ...values: readonly string[]) =>
    compileFilter({ of: () => value, doc: '' }, { name: 'x', values })({});

  it('compare numbers and booleans as EC2 writes them', () => {
    expect([matches(8, '8'), matches(true, 'true'), matches(false, 'true'), matches(8, '8.0')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('pass when any value of the row matches any value of the filter', () => {
    expect([matches(['a', 'b'], 'x', 'b'), matches(['a', 'b'], 'x', 'y'), matches([], '*')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('what a row lacks matches nothing, not even everything', () => {
    expect([matches(undefined, '*'), matches(null, '*'), matches([undefined], '*'), matches('', '*')]).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(filterTexts([1, undefined, false])).toEqual(['1', 'false']);
  });
});
