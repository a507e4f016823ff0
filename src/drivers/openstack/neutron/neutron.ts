import type { Clock } from '../../../ports/clock.ts';
import type { Foreign } from '../../../ports/foreign.ts';
import type { Networks } from '../../../ports/networks.ts';
import type { IsTaken } from '../claims.ts';
import { type Around, createSetGroups } from '../machines/machinePorts.ts';
import { createNetworks } from '../networks.ts';
import type { PlaceOf } from '../places.ts';
import type { Records } from '../records.ts';
import { type AddressRecord, createAddresses } from './addresses.ts';
import { createAddressFeed, createGroupFeed } from './foreignNetwork.ts';
import { createGroups, type GroupRecord } from './groups.ts';

export interface NeutronParts {
  readonly records: { readonly addresses: Records<AddressRecord>; readonly groups: Records<GroupRecord> };
  readonly placeOf: PlaceOf;
  readonly clock: Clock;
  readonly isTaken: IsTaken;
  /** Names of the region's zones. */
  readonly zones: () => readonly string[];
}

/** Neutron as the driver shows it. */
export interface Neutron {
  readonly networks: Networks;
  readonly foreign: Pick<Foreign, 'addresses' | 'groups' | 'networks'>;
  /** What the ports of machines need. */
  readonly around: Around;
}

/** Puts the parts together that are about networks. */
export function createNeutron({ records, placeOf, clock, zones, isTaken }: NeutronParts): Neutron {
  const networks = createNetworks({ placeOf, zones, clock });
  const groups = createGroups({ records: records.groups, placeOf });
  return {
    networks: {
      ...networks,
      addresses: createAddresses({ records: records.addresses, placeOf, externalOf: networks.externalOf }),
      // Neutron's agent tells dnsmasq the addresses of a port in the order of their texts, and dnsmasq offers the last.
      dhcpGives: (addresses) => [...addresses].sort().at(-1)!,
      groups,
      setGroups: createSetGroups(placeOf, groups.nativesOf),
    },
    foreign: {
      addresses: createAddressFeed({ records: records.addresses, placeOf, isTaken }),
      groups: createGroupFeed({ records: records.groups, placeOf, isTaken, defaultVpc: networks.defaultVpc }),
      networks: networks.feed,
    },
    around: { subnetOf: networks.subnetOf, groupsOf: groups.nativesOf },
  };
}
