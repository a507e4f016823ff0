import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/kernel/codes.ts';
import { type SourceFile, sources } from './source/tree.ts';

const table = 'src/kernel/codes.ts';
const files = sources('src').filter(({ path }) => path !== table && !/\.(test|fixture|generated)\.ts$/.test(path));

/** Codes that no file names. */
const unused = (codes: readonly string[], among: readonly SourceFile[]): readonly string[] =>
  codes.filter((code) => !among.some(({ text }) => text.includes(`'${code}'`)));

/** Codes that files refuse with, as far as the call itself names them. */
const refusedWith = (among: readonly SourceFile[]): ReadonlySet<string> =>
  new Set(
    among.flatMap(({ text }) =>
      [...text.matchAll(/\b(?:fail|new WireError|new Refusal)\(\s*'([^']*)'/g)].map((found) => found[1]!),
    ),
  );

describe('error codes', () => {
  it('every code of the table can be answered', () => {
    expect(unused(errorCodes, files)).toEqual([]);
  });

  it('every code that is answered is in the table, and so in the reference', () => {
    const answered = refusedWith(files);
    expect(answered.size).toBeGreaterThan(80);
    expect([...answered].filter((code) => !(errorCodes as readonly string[]).includes(code))).toEqual([]);
  });

  it('a code is found missing, or unknown', () => {
    const file = { path: 'src/a.ts', text: "fail('A.B', x); throw new WireError(\n  'C',\n  m); // D" };
    expect(unused(['A.B', 'D'], [file])).toEqual(['D']);
    expect([...refusedWith([file])]).toEqual(['A.B', 'C']);
  });
});
