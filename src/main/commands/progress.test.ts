import { describe, expect, it } from 'vitest';
import { createProgress } from './progress.ts';

/** What is written to a stream while `work` tells how far it is. */
function written(isTTY: boolean, work: (progress: ReturnType<typeof createProgress>) => void): string {
  let text = '';
  const write = (piece: string): boolean => {
    text += piece;
    return true;
  };
  work(createProgress({ isTTY, write } as unknown as NodeJS.WriteStream));
  return text;
}

describe('how far something is', () => {
  it('is a bar at a terminal, which grows in its place and has a line of its own for each stage', () => {
    const text = written(true, ({ show, end }) => {
      for (const percent of [0, 0.9, 50, 50.5, 49, 100]) show('copying', percent);
      show('checking', 8);
      end();
      end();
    });
    const bar = (stage: string, filled: number, percent: string) =>
      `\r${stage.padEnd(12)} [${'='.repeat(filled)}${' '.repeat(25 - filled)}] ${percent} %`;
    const copying = bar('copying', 0, '  0') + bar('copying', 12, ' 50') + bar('copying', 25, '100');
    expect(text).toBe(`${copying}\n${bar('checking', 2, '  8')}\n`);
  });

  it('stays within the bar, whatever is told', () => {
    expect(written(true, ({ show }) => show('copying', 250))).toBe(`\rcopying      [${'='.repeat(25)}] 100 %`);
    expect(written(true, ({ show }) => show('copying', -3))).toBe(`\rcopying      [${' '.repeat(25)}]   0 %`);
  });

  it('is a line every quarter elsewhere', () => {
    const text = written(false, ({ show, end }) => {
      for (const percent of [0, 10, 26, 49, 80, 100]) show('copying', percent);
      end();
    });
    expect(text).toBe('copying 0 %\ncopying 25 %\ncopying 75 %\ncopying 100 %\n');
  });
});
