import { AssociateAddress$, type AssociateAddressRequest, type AssociateAddressResult } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { address } from '../address.ts';
import { associate, dissociate } from '../association.ts';
import { follow } from '../follow.ts';
import { needAddress } from '../needAddress.ts';
import type { AddressRow } from '../row.ts';
import { needTarget, type Target } from '../target.ts';

export default write<AssociateAddressRequest, AssociateAddressResult>(AssociateAddress$, {
  doc: 'Associates an Elastic IP address with an instance or a network interface.',
  async run(tx, input) {
    const row = await needAddress(tx, input);
    const target = await needTarget(tx, input);
    const { association } = row;
    if (association !== undefined && isAt(association, target)) return { AssociationId: association.id };
    if (association !== undefined && input.AllowReassociation === false) {
      fail(
        'Resource.AlreadyAssociated',
        `resource ${row.id} is already associated with associate-id ${association.id}`,
      );
    }
    const free = await dissociate(tx, row);
    // The interface that the address left may be the one it goes to.
    const there = association?.interface === target.interface.id ? await needTarget(tx, input) : target;
    const associated = await associate(tx, free, there);
    await follow(tx, associated, association, await replaceOthers(tx, associated, there));
    return { AssociationId: associated.association!.id };
  },
  settle: {},
});

const isAt = (association: NonNullable<AddressRow['association']>, target: Target): boolean =>
  association.interface === target.interface.id && association.privateIp === target.privateIp;

/** An address that the target had stays the account's, without an association. Gives the ids of such. */
async function replaceOthers(tx: Writing, mine: AddressRow, target: Target): Promise<readonly string[]> {
  const replaced: string[] = [];
  const present = await tx.where(address, { 'network-interface-id': target.interface.id });
  for (const row of present) {
    if (row.id === mine.id || row.association?.privateIp !== target.privateIp) continue;
    const free = await tx.update(address, row, { association: undefined } as Partial<AddressRow>);
    await follow(tx, free, row.association);
    replaced.push(row.id);
  }
  return replaced;
}
