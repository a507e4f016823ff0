import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from '../../ports/ids.ts';

/**
 * Session tokens of IMDSv2. Nothing is kept: a token says until when it holds and is signed for one instance, so that it
 * outlives a restart and every process with the server's key takes it.
 */
export interface Tokens {
  /** A token of the instance that holds for so many seconds from `now` (epoch milliseconds). */
  issue(instance: string, seconds: number, now: number): string;
  /** Whether it is a token of this instance that still holds. */
  holds(token: string, instance: string, now: number): boolean;
}

const endBytes = 6;
const nonceBytes = 8;
const markBytes = 32;
const bytes = endBytes + nonceBytes + markBytes + 2;

/** @param key only for this purpose */
export function createTokens(key: Uint8Array, random: Random): Tokens {
  const markOf = (instance: string, head: Uint8Array): Buffer =>
    createHmac('sha256', key).update(`${instance}\n`).update(head).digest();
  return {
    issue: (instance, seconds, now) => {
      const head = Buffer.alloc(2 + endBytes + nonceBytes);
      head.writeUInt16BE(1);
      head.writeUIntBE(now + seconds * 1000, 2, endBytes);
      head.write(random.hex(2 * nonceBytes), 2 + endBytes, 'hex');
      // 48 bytes: the 64 characters of base64 need no padding.
      return Buffer.concat([head, markOf(instance, head)]).toString('base64url');
    },
    holds: (token, instance, now) => {
      if (!/^[\w-]{64}$/.test(token)) return false;
      const given = Buffer.from(token, 'base64url');
      const head = given.subarray(0, bytes - markBytes);
      return (
        timingSafeEqual(given.subarray(bytes - markBytes), markOf(instance, head)) && head.readUIntBE(2, endBytes) > now
      );
    },
  };
}
