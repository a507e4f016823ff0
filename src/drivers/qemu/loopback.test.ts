import { expect, it } from 'vitest';
import { loopbackOf } from './loopback.ts';

it('is the same for ever, and another for another folder', () => {
  expect(loopbackOf('/data/one').automatic).toBe(loopbackOf('/data/one').automatic);
  const blocks = Array.from({ length: 200 }, (_, n) => loopbackOf(`/data/${n}`).automatic);
  expect(new Set(blocks).size).toBeGreaterThan(180);
  for (const block of blocks) expect(block).toMatch(/^127\.(?!0\.|255\.)\d+\.\d+\.0\/21$/);
});

it('gives Elastic IPs of the half behind the automatic ones, each once', () => {
  const { automatic, elastic } = loopbackOf('/data');
  const [, block, third] = /^(127\.\d+)\.(\d+)\.0\/21$/.exec(automatic)!;
  const all = Array.from({ length: 2_046 }, (_, n) => elastic(n));
  expect([all[0], all[254], all.at(-1)]).toEqual([
    `${block}.${Number(third) + 8}.1`,
    `${block}.${Number(third) + 8}.255`,
    `${block}.${Number(third) + 15}.254`,
  ]);
  expect([new Set(all).size, elastic(2_046)]).toEqual([2_046, undefined]);
});
