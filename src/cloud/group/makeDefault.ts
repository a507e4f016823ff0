import { newId } from '../../ports/ids.ts';
import type { Writing } from '../context/writing.ts';
import { follow } from './follow.ts';
import { group } from './group.ts';
import { cloudHasGroups } from './inCloud.ts';
import removeGroup from './operations/removeGroup.ts';
import type { GroupRow, GroupRuleRow } from './row.ts';

/** Makes the group of a VPC that everything without a group is in: open to itself, and to everywhere outwards. */
export async function makeDefaultGroup(tx: Writing, vpcId: string): Promise<void> {
  const id = tx.newId(group);
  const rule = (rest: Pick<GroupRuleRow, 'direction' | 'cidr4' | 'group'>): GroupRuleRow => ({
    id: newId(tx.world.random, 'sgr'),
    protocol: '-1',
    tags: {},
    ...rest,
  });
  const row = await tx.insert(group, {
    id,
    name: 'default',
    description: 'default VPC security group',
    vpc: vpcId,
    rules: [
      rule({ direction: 'ingress', group: { id, account: tx.account, name: 'default' } }),
      rule({ direction: 'egress', cidr4: '0.0.0.0/0' }),
    ],
  });
  await follow(tx, row, { isNew: true });
}

/** Removes the default group of a VPC that is gone. A cloud that has groups keeps the default VPC's, which is its own. */
export async function removeDefaultGroup(tx: Writing, row: GroupRow, ofDefaultVpc: boolean): Promise<void> {
  await tx.remove(group, row);
  if (cloudHasGroups(tx) && !ofDefaultVpc) await tx.start(removeGroup, row.id, { row });
}
