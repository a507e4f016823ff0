import {
  CreateSecurityGroup$,
  type CreateSecurityGroupRequest,
  type CreateSecurityGroupResult,
} from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { newId } from '../../../ports/ids.ts';
import { write } from '../../action/action.ts';
import { tagSpecifications, viewTags } from '../../tag/tagSpecifications.ts';
import { defaultVpc } from '../../vpc/defaults.ts';
import { vpc } from '../../vpc/vpc.ts';
import { follow } from '../follow.ts';
import { group, groupArn } from '../group.ts';
import { cloudHasGroups } from '../inCloud.ts';
import { readGroupDescription, readGroupName } from '../names.ts';

export default write<CreateSecurityGroupRequest, CreateSecurityGroupResult>(CreateSecurityGroup$, {
  doc: 'Creates a security group in a VPC; everything may leave it, nothing may enter.',
  async run(tx, input) {
    const name = readGroupName(input.GroupName);
    const description = readGroupDescription(input.Description);
    const tags = tagSpecifications(input.TagSpecifications, ['security-group'])['security-group'] ?? {};
    // Packer names an empty one where it means the default VPC, and EC2 takes it so.
    const network = input.VpcId ? await tx.need(vpc, input.VpcId) : await defaultVpc(tx);
    if ((await tx.count(group, { 'group-name': name, 'vpc-id': network.id })) > 0) {
      fail('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${network.id}'`);
    }
    // A cloud that has groups counts them by its own quota.
    if (!cloudHasGroups(tx)) await tx.take('security-groups', 1);
    const row = await tx.insert(group, {
      name,
      description,
      vpc: network.id,
      rules: [{ id: newId(tx.world.random, 'sgr'), direction: 'egress', protocol: '-1', cidr4: '0.0.0.0/0', tags: {} }],
      tags,
    });
    await follow(tx, row, { isNew: true });
    return { GroupId: row.id, SecurityGroupArn: groupArn(row), ...viewTags(row.tags) };
  },
  settle: {
    // Asked again, the name would be taken.
    async late(tx, { GroupId: id = '' }) {
      const row = await tx.find(group, id);
      if (row?.making === undefined) return false;
      await tx.remove(group, row);
      return true;
    },
  },
});
