import { createHash } from 'node:crypto';

/** The public addresses of a region: of this computer's own loopback network, never of 127.0. */
export interface Loopback {
  /** The block for automatic addresses. */
  readonly automatic: string;
  /** The `n`th address for Elastic IPs; undefined behind the last. */
  elastic(n: number): string | undefined;
}

/** Addresses of a half, without its first and its last. */
const room = 8 * 256 - 2;

/**
 * Of 4,064 blocks of 4,096 addresses one, by where the region keeps everything: regions of several servers on one computer
 * share the loopback network, and may have the same name. The lower half is for automatic addresses.
 */
export function loopbackOf(folder: string): Loopback {
  const [first = 0, second = 0] = createHash('sha256').update(folder).digest();
  const [block, third] = [`127.${1 + (first % 254)}`, (second % 16) * 16];
  return {
    automatic: `${block}.${third}.0/21`,
    elastic: (n) => (n < room ? `${block}.${third + 8 + ((n + 1) >> 8)}.${(n + 1) & 0xff}` : undefined),
  };
}
