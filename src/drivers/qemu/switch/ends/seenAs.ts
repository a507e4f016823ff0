import { type Ip, ipOf, needIp } from '../packets/addresses.ts';

/**
 * What a machine sees of a client that is on the host's loopback network, which no machine would answer: an address for
 * documentation (RFC 5737), so that nobody else has it.
 */
export const hostSeenAs: Ip = needIp('203.0.113.1');

/** The address at which a machine sees a client of the host. */
export function seenAs(address: string | undefined): Ip {
  const from = ipOf(address ?? '') ?? hostSeenAs;
  return from >>> 24 === 127 ? hostSeenAs : from;
}

/** Ports that are tried when another flow has the client's own. */
const tries = 64;

/** The client's own port, and those to take where that is somebody else's. */
export function* portsFrom(port: number): Generator<number> {
  let next = port;
  for (let tried = 0; tried < tries; tried += 1) {
    yield next;
    next = next === 0xffff ? 1_024 : next + 1;
  }
}
