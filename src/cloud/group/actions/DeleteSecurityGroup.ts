import {
  DeleteSecurityGroup$,
  type DeleteSecurityGroupRequest,
  type DeleteSecurityGroupResult,
} from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { networkInterface } from '../../interface/interface.ts';
import { group } from '../group.ts';
import { cloudHasGroups } from '../inCloud.ts';
import removeGroup from '../operations/removeGroup.ts';
import { targetGroup } from '../target.ts';

export default write<DeleteSecurityGroupRequest, DeleteSecurityGroupResult>(DeleteSecurityGroup$, {
  doc: 'Deletes a security group that nothing uses.',
  async run(tx, input) {
    const row = await targetGroup(tx, input);
    if (row.name === 'default') {
      fail('CannotDelete', `the specified group: "${row.id}" name: "default" cannot be deleted by a user`);
    }
    if (await inUse(tx, row.id)) fail('DependencyViolation', `resource ${row.id} has a dependent object`);
    await tx.remove(group, row);
    if (cloudHasGroups(tx)) {
      await tx.start(removeGroup, row.id, { row });
    } else await tx.give('security-groups', 1);
    return { Return: true, GroupId: row.id };
  },
  settle: {},
});

/** An interface has it, or a rule of another group of the account refers to it. Rules of other accounts grow stale. */
async function inUse(tx: Writing, id: string): Promise<boolean> {
  if ((await tx.where(networkInterface, { 'group-id': id }, 1)).length > 0) return true;
  for (const name of ['ip-permission.group-id', 'egress.ip-permission.group-id']) {
    const rows = await tx.where(group, { [name]: id }, 2);
    if (rows.some((row) => row.id !== id)) return true;
  }
  return false;
}
