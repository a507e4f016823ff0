import { DisassociateAddress$, type DisassociateAddressRequest } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { address } from '../address.ts';
import { dissociate } from '../association.ts';
import { follow } from '../follow.ts';
import { needPublicIp } from '../needAddress.ts';
import type { AddressRow } from '../row.ts';

export default write<DisassociateAddressRequest, Record<string, never>>(DisassociateAddress$, {
  doc: 'Takes an Elastic IP address off the instance or interface that has it.',
  async run(tx, input) {
    const row = await associated(tx, input);
    await follow(tx, await dissociate(tx, row), row.association);
    return {};
  },
  settle: {},
});

/** By public IP, an address without an association is no error: the request may be repeated. */
async function associated(
  tx: Writing,
  { AssociationId: id, PublicIp: ip }: DisassociateAddressRequest,
): Promise<AddressRow> {
  if (id !== undefined && ip !== undefined) {
    fail('InvalidParameterCombination', 'You may specify public IP or association id, but not both in the same call');
  }
  if (id === undefined) {
    return needPublicIp(tx, ip ?? fail('MissingParameter', 'Either AssociationId or PublicIp must be specified'));
  }
  if (!/^eipassoc-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    fail('InvalidAssociationID.Malformed', `Invalid id: "${id}" (expecting "eipassoc-...")`);
  }
  const [row] = await tx.where(address, { 'association-id': id });
  return row ?? fail('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
}
