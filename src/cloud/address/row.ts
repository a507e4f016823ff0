import type { Row } from '../../kernel/resource.ts';

/** An Elastic IP address; its id is the allocation id (`eipalloc-…`). */
export interface AddressRow extends Row {
  readonly publicIp: string;
  readonly domain: 'vpc';
  readonly networkBorderGroup: string;
  readonly association?: {
    /** `eipassoc-…` */
    readonly id: string;
    readonly instance?: string;
    readonly interface: string;
    readonly interfaceOwner: string;
    readonly privateIp: string;
    readonly subnet?: string;
  };
  /** A change that the cloud has yet to make: the last one, by a name of its own. Only where the cloud has addresses. */
  readonly changing?: string;
  /** When the cloud last made what we wanted of it, epoch milliseconds: what was seen before is older. */
  readonly syncedAt?: number;
}

export type Association = NonNullable<AddressRow['association']>;
