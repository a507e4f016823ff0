import type { StatefulRow } from '../../kernel/resource.ts';

/** An elastic network interface. */
export interface InterfaceRow extends StatefulRow {
  readonly state: 'available' | 'in-use';
  readonly vpc: string;
  readonly subnet: string;
  readonly zone: string;
  readonly description: string;
  /** The first is the primary address. */
  readonly privateIps: readonly string[];
  readonly mac: string;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly sourceDestCheck: boolean;
  readonly attachment?: {
    /** `eni-attach-…` */
    readonly id: string;
    readonly instance: string;
    readonly deviceIndex: number;
    readonly deleteOnTermination: boolean;
    readonly attachedAt: number;
  };
  /** Public address of the primary private address. */
  readonly publicAddress?: PublicAddress;
  /** Elastic IP addresses of the other private addresses, by private address. */
  readonly secondaryAddresses?: Readonly<Record<string, PublicAddress>>;
  /** True where an automatic public address is wanted while the instance runs: it goes at a stop, a new one comes at a start. */
  readonly autoPublicAddress?: boolean;
  readonly zoneId?: string;
  /** Account or service that made it for its owner. */
  readonly requester?: string;
}

/** What an interface's own row, and an instance's, show of public addresses. */
export interface Addressed {
  readonly privateIps: readonly string[];
  readonly publicAddress?: PublicAddress;
  readonly secondaryAddresses?: Readonly<Record<string, PublicAddress>>;
}

/** The public address of one of an interface's private addresses. */
export const publicAddressAt = (i: Addressed, privateIp: string): PublicAddress | undefined =>
  i.privateIps[0] === privateIp ? i.publicAddress : i.secondaryAddresses?.[privateIp];

/** A public IPv4 address as an interface or instance shows it. */
export interface PublicAddress {
  readonly ip: string;
  /** `amazon` for an automatic one, else the account that allocated the Elastic IP. */
  readonly owner: string;
  readonly allocation?: string;
  readonly association?: string;
}
