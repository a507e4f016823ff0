import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemRandom } from './random.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const beginnings = (ids: readonly string[]): number => new Set(ids.map((id) => id.slice(0, 4))).size;

it('ids have 17 digits and are all different; those drawn at about the same time begin alike', () => {
  const random = systemRandom();
  vi.setSystemTime(1_800_000_000_000);
  const ids = Array.from({ length: 5_000 }, () => random.id());
  expect(ids.every((id) => /^[0-9a-f]{17}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(5_000);
  expect(beginnings(ids)).toBe(1);
});

it('later ids are behind them, and other processes draw among them', () => {
  vi.setSystemTime(1_800_000_000_000);
  const random = systemRandom();
  const first = random.id();
  const other = systemRandom().id();
  expect(beginnings([first, other])).toBe(1);
  expect(other).not.toBe(first);
  vi.setSystemTime(1_800_000_000_300);
  const second = random.id();
  expect(second.slice(0, 4) > first.slice(0, 4)).toBe(true);
});
