import { newId } from '../../ports/ids.ts';
import type { ForeignSubnet, ForeignVpc } from '../../ports/networks.ts';
import type { NewRow, Writing } from '../context/writing.ts';
import type { SubnetRow } from '../subnet/row.ts';
import { mergedTags } from '../tag/mergedTags.ts';
import type { VpcRow } from './row.ts';

const unnamed = { tags: {} };

/** The tags of something of the cloud's: its name, and those that are here. */
export const tagsOf = (
  { id, name = '' }: { readonly id: string; readonly name?: string },
  row: Pick<VpcRow, 'tags' | 'cloudTags'> = unnamed,
) => mergedTags(row, { id, name, tags: {} });

/** A network of the cloud's as a VPC. Blocks that `row` has keep their associations. */
export function vpcRow(tx: Writing, network: ForeignVpc, isDefault: boolean, row?: VpcRow): NewRow<VpcRow> {
  const known = new Map(row?.cidrBlocks.map((block) => [block.cidr, block.association]));
  return {
    id: network.id,
    state: 'available',
    cidrBlocks: network.cidrs.map((cidr) => ({
      cidr,
      association: known.get(cidr) ?? newId(tx.world.random, 'vpc-cidr-assoc'),
    })),
    dhcpOptions: row?.dhcpOptions ?? newId(tx.world.random, 'dopt'),
    tenancy: 'default',
    isDefault,
    ...tagsOf(network, row),
  };
}

/** A subnet of the cloud's in one of its zones. */
export function subnetRow(
  tx: Writing,
  vpc: string,
  told: ForeignSubnet,
  defaultForZone: boolean,
  row?: SubnetRow,
): NewRow<SubnetRow> {
  const { id, zone, cidr, taken } = told;
  return {
    ...{ id, state: 'available', vpc, zone, cidr, defaultForZone },
    zoneId: tx.here.facts.zones.find((z) => z.name === zone)?.id ?? zone,
    mapPublicIpOnLaunch: row?.mapPublicIpOnLaunch ?? tx.here.driver.networks?.automatic ?? false,
    ...(taken !== undefined && { cloudTaken: taken }),
    ...tagsOf(told, row),
  };
}
