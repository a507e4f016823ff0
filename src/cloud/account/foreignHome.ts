import type { ForeignVpc } from '../../ports/networks.ts';
import type { Writing } from '../context/writing.ts';
import { subnet } from '../subnet/subnet.ts';
import { subnetRow, vpcRow } from '../vpc/foreignRows.ts';
import { vpc } from '../vpc/vpc.ts';

/** Shows the networks that an account has in a cloud of its own as its VPCs and subnets, under the cloud's stable ids. */
export async function adoptHome(tx: Writing, networks: readonly ForeignVpc[]): Promise<readonly string[]> {
  for (const network of networks) {
    await tx.insert(vpc, vpcRow(tx, network, network.isDefault));
    await tx.insertAll(
      subnet,
      network.subnets.map((one) => subnetRow(tx, network.id, one, one.defaultForZone)),
    );
  }
  return networks.map(({ id }) => id);
}
