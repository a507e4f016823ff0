import { createHash } from 'node:crypto';
import type { ForeignVpc } from '../../../ports/networks.ts';

/** Accounts and zones have default subnets at the same places: a /20 of the /16 for each of the first letters. */
const most = 16;

/**
 * What an account has in a region from the first: EC2's default VPC, and a default subnet in each zone (VPC user guide,
 * "Default VPCs"). Nothing is kept of it: the same account, region and zone give the same for ever.
 */
export function homeOf(region: string, account: string, zones: readonly string[]): ForeignVpc {
  const id = (prefix: string, of: string): string =>
    `${prefix}-${createHash('sha256').update(`${region} ${account} ${of}`).digest('hex').slice(0, 17)}`;
  const placed = zones.map((zone) => ({ zone, at: zone.charCodeAt(zone.length - 1) - 'a'.charCodeAt(0) }));
  return {
    id: id('vpc', 'home'),
    cidrs: ['172.31.0.0/16'],
    isDefault: true,
    subnets: placed
      .filter(({ at }) => at < most)
      .map(({ zone, at }) => ({ id: id('subnet', zone), zone, cidr: `172.31.${at * 16}.0/20`, defaultForZone: true })),
  };
}
