import { expect, it } from 'vitest';
import { Kept } from './kept.ts';

it('keeps what is asked for, and lets the rest go when it is full', () => {
  const kept = new Kept<string, string>(100, (text) => text.length);
  kept.set('asked', 'a'.repeat(10));
  for (let i = 0; i < 50; i++) {
    kept.set(`once-${i}`, 'b'.repeat(10));
    expect(kept.get('asked')).toBe('a'.repeat(10));
  }
  expect(kept.get('once-0')).toBeUndefined();
  expect(kept.get('once-49')).toBe('b'.repeat(10));
});

it('holds no more than it may', () => {
  const kept = new Kept<number, string>(100, (text) => text.length);
  for (let i = 0; i < 1000; i++) kept.set(i, 'x'.repeat(10));
  const there = Array.from({ length: 1000 }, (_, i) => kept.get(i)).filter((value) => value !== undefined);
  expect(there.length).toBeLessThanOrEqual(10);
  kept.set(-1, 'y'.repeat(51));
  expect(kept.get(-1)).toBeUndefined();
});

it('replaces a value', () => {
  const kept = new Kept<string, string>(100, (text) => text.length);
  for (let i = 0; i < 30; i++) kept.set('one', `${i}`.padEnd(10));
  expect(kept.get('one')).toBe('29'.padEnd(10));
});
