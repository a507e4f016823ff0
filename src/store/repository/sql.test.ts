import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postgresText } from '../postgres/connection.ts';
import { sqliteText } from '../sqlite/connection.ts';
import { insertion, insertRows } from './rows.ts';
import { afterPrefix, joined, oneOf, startsWith, type Value } from './sql.ts';

const precedes = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

describe('a prefix', () => {
  it('ends before the text that comes after it', () => {
    expect(afterPrefix('tag:')).toBe('tag;');
    expect(afterPrefix('a\u{10ffff}')).toBe('b');
    expect(afterPrefix('\ud7ff')).toBe('\ue000');
    expect(afterPrefix('')).toBeUndefined();
    expect(startsWith('name', '')).toEqual({ text: 'name >= ?', params: [''] });
  });

  it('has exactly the texts that begin with it between itself and its end, in the order of bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    fc.assert(
      fc.property(text, text, fc.boolean(), (prefix, other, with_) => {
        const candidate = with_ ? prefix + other : other;
        const end = afterPrefix(prefix);
        const inside = !precedes(candidate, prefix) && (end === undefined || precedes(candidate, end));
        expect(inside).toBe(candidate.startsWith(prefix));
      }),
    );
  });
});

describe('a text for both dialects', () => {
  it('is put into the words of each', () => {
    const many = ['a', 'b', 'd', 'e', 'f'];
    const parts = [oneOf('~i.id', many), oneOf('i.kind', ['c']), oneOf('w.value', ['x', 'y']), oneOf('t.name', [])];
    const { text, params } = joined(parts, ' and ');
    expect(params).toEqual([many, 'c', 'x', 'y', []]);
    const list = 'in (select value from json_each(?))';
    expect(sqliteText(text)).toBe(`+i.id ${list} and i.kind = ? and w.value in (?, ?) and t.name ${list}`);
    expect(postgresText(text)).toBe('i.id = any($1) and i.kind = $2 and w.value in ($3, $4) and t.name = any($5)');
  });
});

describe('an insert of many rows', () => {
  it('is cut into few sizes of statements, and misses no row', async () => {
    const insert = insertion('insert into t (a, b)', '(?, ?)', 'on conflict do nothing');
    for (const rows of [0, 1, 2, 3, 64, 65, 200, 256, 700]) {
      const seen: Value[] = [];
      const sizes: number[] = [];
      const run = (text: string, params: readonly Value[]): number => {
        sizes.push(params.length / 2);
        expect(text).toBe(insert.text(params.length / 2));
        expect(text.split('?').length - 1).toBe(params.length);
        seen.push(...params);
        return 0;
      };
      const values = Array.from({ length: rows * 2 }, (_, at) => at);
      await insertRows({ all: () => [], one: () => undefined, run, insert: () => [] }, insert, values);
      expect(seen).toEqual(values);
      expect(sizes.every((size) => size === 256 || size === 64 || size <= 32)).toBe(true);
    }
  });
});
