import { seededRandom } from '../../src/main/random.ts';

/** Choices that are a function of a seed. */
export interface Chance {
  below(limit: number): number;
  of<T>(from: readonly T[]): T;
  /** True about once in `n` times. */
  once(n: number): boolean;
  bytes(length: number): Buffer;
}

export function chanceOf(seed: number): Chance {
  const random = seededRandom(seed);
  return {
    below: (limit) => random.below(limit),
    of: (from) => from[random.below(from.length)]!,
    once: (n) => random.below(n) === 0,
    bytes: (length) => Buffer.from(random.hex(length * 2), 'hex'),
  };
}
