import { newId } from '../../ports/ids.ts';
import type { Writing } from '../context/writing.ts';
import { group } from './group.ts';
import type { GroupRuleRow } from './row.ts';

/** Makes the group of a VPC that everything without a group is in: open to itself, and to everywhere outwards. */
export async function makeDefaultGroup(tx: Writing, vpcId: string): Promise<void> {
  const id = tx.newId(group);
  const rule = (rest: Pick<GroupRuleRow, 'direction' | 'cidr4' | 'group'>): GroupRuleRow => ({
    id: newId(tx.world.random, 'sgr'),
    protocol: '-1',
    tags: {},
    ...rest,
  });
  await tx.insert(group, {
    id,
    name: 'default',
    description: 'default VPC security group',
    vpc: vpcId,
    rules: [
      rule({ direction: 'ingress', group: { id, account: tx.account, name: 'default' } }),
      rule({ direction: 'egress', cidr4: '0.0.0.0/0' }),
    ],
  });
}
