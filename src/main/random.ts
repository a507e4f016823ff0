import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../ports/ids.ts';

/** Bytes are drawn from the system in pools of this size: one call for some 200 ids. */
const poolSize = 2048;

/** Ids of the same slot of time (milliseconds) begin alike, by one of 65,536 beginnings: after four and a half hours they come again. */
const slotMs = 256;
const slots = 0x10000;

/**
 * Randomness of the operating system. Ids have 52 bits of it, behind a slot of time: an index of ids is then written
 * where it was written a moment ago, and not everywhere (decision 0028).
 */
export function systemRandom(): Random {
  let pool = '';
  let at = 0;
  const hex = (digits: number): string => {
    if (at + digits > pool.length) {
      pool = randomBytes(Math.max(poolSize, digits)).toString('hex');
      at = 0;
    }
    at += digits;
    return pool.slice(at - digits, at);
  };
  let slot = -1;
  let begin = '';
  return {
    hex,
    id: () => {
      const now = Math.floor(Date.now() / slotMs) % slots;
      if (now !== slot) {
        slot = now;
        begin = slot.toString(16).padStart(4, '0');
      }
      return begin + hex(13);
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
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += next().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  };
  return {
    hex,
    id: () => hex(17),
    below: (limit) => next() % limit,
  };
}
