/** How much one port may do, so that a machine that floods hurts itself alone. */
export interface Limits {
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** All frames of a port. */
  readonly framesPerSecond: number;
  /** What the switch answers itself: ARP, DHCP, DNS, ping of the router. */
  readonly questionsPerSecond: number;
  readonly newFlowsPerSecond: number;
  /** Open flows at a port. */
  readonly flows: number;
  /** Of those, the ones that one other machine opened towards it. */
  readonly flowsOfOnePeer: number;
  /** TCP flows of a port that end in the switch; of UDP flows to outside, as many again. */
  readonly endedFlows: number;
  /** Bytes that the switch holds for the TCP flows of a port, in each direction. */
  readonly buffered: number;
}

export const defaultLimits: Limits = {
  mtu: 9001,
  framesPerSecond: 200_000,
  questionsPerSecond: 2_000,
  newFlowsPerSecond: 10_000,
  flows: 16_384,
  flowsOfOnePeer: 4_096,
  endedFlows: 1_024,
  buffered: 32 * 1024 * 1024,
};

/** Lets pass so many a second; a second's worth may come at once. */
export interface Bucket {
  take(now: number): boolean;
}

export function createBucket(perSecond: number, now: number): Bucket {
  let left = perSecond;
  let at = now;
  return {
    take(moment) {
      // A clock that was set back gives nothing and takes nothing.
      left = Math.min(perSecond, left + (Math.max(0, moment - at) * perSecond) / 1000);
      at = moment;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
