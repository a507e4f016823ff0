import type { StatefulRow } from '../../kernel/resource.ts';

/** A subnet of a VPC in one zone. */
export interface SubnetRow extends StatefulRow {
  readonly state: 'pending' | 'available';
  readonly vpc: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly cidr: string;
  readonly defaultForZone: boolean;
  readonly mapPublicIpOnLaunch: boolean;
  /** Private addresses in use by interfaces: not kept in the row, and only there where a subnet is shown. */
  readonly usedAddresses?: number;
  /** How many addresses were taken in the cloud when it was seen last, by whomever. */
  readonly cloudTaken?: number;
  /** What the cloud had as tags when it was seen last. */
  readonly cloudTags?: Readonly<Record<string, string>>;
}
