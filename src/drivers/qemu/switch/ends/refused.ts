import { networkInterfaces } from 'node:os';
import type { Clock } from '../../../../ports/clock.ts';
import { type Ip, inside, needCidr, needIp } from '../packets/addresses.ts';

/** Whether machines never reach an address through the host. */
export type Refuses = (ip: Ip) => boolean;

/**
 * This network, loopback, link-local (the metadata services of most clouds are there), multicast, reserved and broadcast;
 * metadata services of clouds elsewhere: Azure, Alibaba, Oracle.
 */
const never = [
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'],
  ...['168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32'],
].map(needCidr);

const freshMs = 1_000;

/**
 * Refuses what is the host itself, or speaks for it, and nothing else: private addresses beyond the host are let through,
 * because that is where the mirrors, proxies and licence servers of a laboratory are. (A real internet gateway reaches public ones only.)
 */
export function refusesHost(
  clock: Pick<Clock, 'now'>,
  interfaces: typeof networkInterfaces = networkInterfaces,
): Refuses {
  let own = new Set<Ip>();
  let readAt = Number.NEGATIVE_INFINITY;
  return (ip) => {
    if (never.some((cidr) => inside(cidr, ip))) return true;
    const now = clock.now();
    if (Math.abs(now - readAt) >= freshMs) {
      const all = Object.values(interfaces()).flatMap((addresses) => addresses ?? []);
      own = new Set(all.filter(({ family }) => family === 'IPv4').map(({ address }) => needIp(address)));
      readAt = now;
    }
    return own.has(ip);
  };
}
