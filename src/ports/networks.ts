import type { Call } from './driver.ts';

/** A subnet that the cloud already has. Stable ids: the same thing has the same id for ever. */
export interface ForeignSubnet {
  readonly id: string;
  readonly zone: string;
  readonly cidr: string;
  readonly defaultForZone: boolean;
  readonly name?: string;
}

/** A network that the cloud already has, as the VPC that it is shown as. */
export interface ForeignVpc {
  readonly id: string;
  readonly cidrs: readonly string[];
  readonly isDefault: boolean;
  readonly name?: string;
  readonly subnets: readonly ForeignSubnet[];
}

/** Networks of a cloud that has its own. A driver without them leaves all bookkeeping of networks to the core. */
export interface Networks {
  /** Read-only probe: the networks that the account has in the cloud; its first VPC and subnets come of them. */
  home(call: Call): Promise<readonly ForeignVpc[]>;
  /** Read-only probe: private addresses of a subnet that somebody has, or that the cloud hands out to nobody. */
  inUse(subnet: string, call: Call): Promise<ReadonlySet<string>>;
}
