import { type Row, resource } from '../../kernel/resource.ts';
import { type Driver, DriverError } from '../../ports/driver.ts';
import type { AddressSpec, Networks } from '../../ports/networks.ts';
import type { Reading } from '../context/reading.ts';
import type { GivenUp } from '../operation/operation.ts';
import type { Said } from '../operation/refused.ts';
import { address } from './address.ts';
import type { Association } from './row.ts';

type Addresses = NonNullable<Networks['addresses']>;

/** Whether the cloud has public addresses of its own, and so chooses and counts them. */
export const cloudHasAddresses = ({ here }: Pick<Reading, 'here'>): boolean =>
  here.driver.networks?.addresses !== undefined;

/** The addresses of a cloud that has them. */
export function addressesOf({ networks }: Driver): Addresses {
  if (networks?.addresses === undefined)
    throw new DriverError('unsupported', 'the cloud has no public addresses of its own');
  return networks.addresses;
}

/** An Elastic IP that the cloud is still to allocate; its id is that of the address. */
export interface AddressOrderRow extends Row {
  readonly networkBorderGroup: string;
}

export const addressOrder = resource<AddressOrderRow>()({
  kind: 'address-order',
  prefix: address.prefix,
  codes: address.codes,
  filters: {},
  view: (row) => row.id,
});

/** What the cloud has to make of an address. */
export const specOf = (publicIp: string, association: Association | undefined): AddressSpec => ({
  publicIp,
  ...(association !== undefined && {
    association: {
      interface: association.interface,
      privateIp: association.privateIp,
      ...(association.instance !== undefined && { machine: association.instance }),
    },
  }),
});

/** What EC2 says when the cloud does not allocate or associate an address. */
export function saidOf({ about, trouble }: GivenUp, id: string): Said | undefined {
  if (about === 'quota') return ['AddressLimitExceeded', 'The maximum number of addresses has been reached.'];
  if (about === 'gone') return ['InvalidAllocationID.NotFound', `The allocation ID '${id}' does not exist`];
  if (about === 'no-gateway') {
    return ['Gateway.NotAttached', 'The network of the private address is not attached to any internet gateway'];
  }
  if (about === 'in-use') {
    return ['Resource.AlreadyAssociated', 'Another public address is associated with the private address already.'];
  }
  if (trouble === 'no-capacity') return ['InsufficientAddressCapacity', 'Insufficient capacity.'];
  if (trouble === 'invalid') return ['InvalidParameterValue', 'The cloud does not take the address or its target.'];
  return undefined;
}
