import { resource } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
import type { InterfaceRow } from './row.ts';
import { viewInterface } from './view.ts';

/** Elastic network interfaces: made and deleted with their instances; actions of their own come with the wider VPC actions. */
export const networkInterface = resource<InterfaceRow>()({
  kind: 'network-interface',
  prefix: 'eni',
  tagged: 'network-interface',
  codes: {
    missing: 'InvalidNetworkInterfaceID.NotFound',
    malformed: 'InvalidNetworkInterfaceID.Malformed',
    noun: 'networkInterface',
  },
  states: states(
    { available: { attach: 'in-use' }, 'in-use': { detach: 'available' } },
    { transient: [], refuse: 'InvalidNetworkInterface.InUse' },
  ),
  filters: {},
  indexes: {
    'group-id': (i) => i.groups.map((g) => g.id),
    'association.public-ip': (i) => i.publicAddress?.ip,
    /** `SUBNET/ADDRESS`, so that an address is given out once. */
    'subnet-address': (i) => i.privateIps.map((ip) => `${i.subnet}/${ip}`),
  },
  view: viewInterface,
});
