import type { Ipv4 } from '../packets/ipv4.ts';

/**
 * Only the first fragment of a packet says what flow it is of. The others follow it to where it went, for a short time;
 * those that come before it are dropped, which IP allows.
 */
export interface Fragments<Way> {
  /** Where the first fragment of the same packet went. */
  follow(packet: Ipv4, now: number): Way | undefined;
  remember(packet: Ipv4, way: Way, now: number): void;
}

const keptMs = 5_000;
const mostPackets = 256;

/** Bytes of payload that a first fragment must have: all that rules look at, so that no later fragment can change it. */
export const leastFirst = 24;

export function createFragments<Way>(): Fragments<Way> {
  const kept = new Map<string, { readonly way: Way; readonly until: number }>();
  const keyOf = ({ src, dst, protocol, id }: Ipv4): string => `${src} ${dst} ${protocol} ${id}`;
  return {
    follow(packet, now) {
      if (packet.offset < leastFirst) return undefined;
      const found = kept.get(keyOf(packet));
      return found !== undefined && found.until > now ? found.way : undefined;
    },
    remember(packet, way, now) {
      kept.delete(keyOf(packet));
      kept.set(keyOf(packet), { way, until: now + keptMs });
      if (kept.size <= mostPackets) return;
      const oldest = kept.keys().next();
      if (!oldest.done) kept.delete(oldest.value);
    },
  };
}
