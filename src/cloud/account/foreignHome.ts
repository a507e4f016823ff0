import { newId } from '../../ports/ids.ts';
import type { ForeignVpc } from '../../ports/networks.ts';
import type { Writing } from '../context/writing.ts';
import { subnet } from '../subnet/subnet.ts';
import { vpc } from '../vpc/vpc.ts';

/** Shows the networks that an account has in a cloud of its own as its VPCs and subnets, under the cloud's stable ids. */
export async function adoptHome(tx: Writing, networks: readonly ForeignVpc[]): Promise<readonly string[]> {
  for (const network of networks) {
    await tx.insert(vpc, {
      id: network.id,
      state: 'available',
      cidrBlocks: network.cidrs.map((cidr) => ({ cidr, association: newId(tx.world.random, 'vpc-cidr-assoc') })),
      dhcpOptions: newId(tx.world.random, 'dopt'),
      tenancy: 'default',
      isDefault: network.isDefault,
      tags: nameTag(network.name),
    });
    await tx.insertAll(
      subnet,
      network.subnets.map(({ id, zone, cidr, defaultForZone, name }) => ({
        id,
        state: 'available' as const,
        vpc: network.id,
        zone,
        zoneId: tx.here.facts.zones.find((z) => z.name === zone)?.id ?? zone,
        cidr,
        defaultForZone,
        mapPublicIpOnLaunch: false,
        tags: nameTag(name),
      })),
    );
  }
  return networks.map(({ id }) => id);
}

const nameTag = (name: string | undefined): Readonly<Record<string, string>> =>
  name === undefined || name === '' ? {} : { Name: name };
