import type { StatefulRow } from '../../kernel/resource.ts';

/** A VPC. */
export interface VpcRow extends StatefulRow {
  readonly state: 'pending' | 'available';
  readonly cidrBlocks: readonly { readonly cidr: string; readonly association: string }[];
  readonly dhcpOptions: string;
  readonly tenancy: 'default' | 'dedicated';
  readonly isDefault: boolean;
  /** What the cloud had as tags when it was seen last. */
  readonly cloudTags?: Readonly<Record<string, string>>;
}
