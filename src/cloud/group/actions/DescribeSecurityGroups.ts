import { DescribeSecurityGroups$, type DescribeSecurityGroupsRequest } from '@aws-sdk/client-ec2';
import { describe } from '../../action/describe.ts';
import type { Reading } from '../../context/reading.ts';
import { group } from '../group.ts';
import type { GroupRow } from '../row.ts';
import { groupsOfDefaultVpc, noSuchGroup } from '../target.ts';

export default describe<DescribeSecurityGroupsRequest, GroupRow>(DescribeSecurityGroups$, group, {
  doc: 'Lists security groups with their rules.',
  list: 'SecurityGroups',
  ids: 'GroupIds',
  narrow: async (cx, input) => {
    await needGroups(cx, input.GroupIds ?? []);
    const names = input.GroupNames ?? [];
    if (names.length === 0) return {};
    const rows = await groupsOfDefaultVpc(cx, names);
    return {
      where: [
        { name: 'group-name', values: rows.map((row) => row.name) },
        { name: 'vpc-id', values: [rows[0]!.vpc] },
      ],
    };
  },
});

/** Unknown ids are refused here, because EC2's sentence for groups is its own. */
async function needGroups(cx: Reading, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { account, region, reader } = cx;
  const known = new Set(
    (await reader.heads({ kind: group.kind, account, region, ids: [...new Set(ids)] })).map((head) => head.id),
  );
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) noSuchGroup(unknown);
}
