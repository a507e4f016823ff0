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
    /** The interface had an automatic public address before: it gets a new one afterwards. */
    readonly automatic?: boolean;
    readonly subnet?: string;
  };
}
