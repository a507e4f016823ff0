import type { Random } from '../../ports/ids.ts';

/**
 * A new MAC address: locally administered, unicast, the first byte `0a` as EC2's own are. 40 random bits: two of a
 * million interfaces are alike with a chance of one half, and then in different VPCs as a rule.
 */
export const newMac = (random: Random): string => `0a:${random.hex(10).match(/../g)!.join(':')}`;
