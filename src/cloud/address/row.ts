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
}

export type Association = NonNullable<AddressRow['association']>;
