import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../ports/ids.ts';

/** Bytes are drawn from the system in pools of this size: one call for some 200 ids. */
const poolSize = 2048;

/** Randomness of the operating system: ids cannot be guessed. */
export function systemRandom(): Random {
  let pool = '';
  let at = 0;
  return {
    hex: (digits) => {
      if (at + digits > pool.length) {
        pool = randomBytes(Math.max(poolSize, digits)).toString('hex');
        at = 0;
      }
      at += digits;
      return pool.slice(at - digits, at);
    },
    below: (limit) => randomInt(limit),
  };
}

/** Randomness that is a function of its seed (mulberry32), for tests and virtual time. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return {
    hex: (digits) => {
      let text = '';
      while (text.length < digits) text += next().toString(16).padStart(8, '0');
      return text.slice(0, digits);
    },
    below: (limit) => next() % limit,
  };
}
