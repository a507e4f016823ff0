import { fail, missing } from '../../kernel/errors.ts';
import { checkId, type Reading } from '../context/reading.ts';
import { defaultVpc } from '../vpc/defaults.ts';
import { group } from './group.ts';
import type { GroupRow } from './row.ts';

/** Refuses ids of groups in EC2's sentence, which differs from that of other resources. */
export const noSuchGroup = (id: string): never =>
  fail('InvalidGroup.NotFound', `The security group '${id}' does not exist`);

/** The group that a request names: by id, or by its name in the default VPC. */
export async function targetGroup(
  tx: Reading,
  { GroupId: id, GroupName: name }: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
): Promise<GroupRow> {
  if (id !== undefined && name !== undefined) {
    fail('InvalidParameterCombination', 'The parameter GroupName cannot be used with the parameter GroupId');
  }
  if (id !== undefined) {
    checkId(group, id);
    return (await tx.find(group, id)) ?? noSuchGroup(id);
  }
  return (await groupsOfDefaultVpc(tx, [name ?? missing('GroupId')]))[0]!;
}

/** The groups of these names in the default VPC, in their order. */
export async function groupsOfDefaultVpc(tx: Reading, names: readonly string[]): Promise<readonly GroupRow[]> {
  const vpc = await defaultVpc(tx);
  const rows = await tx.where(group, { 'group-name': [...new Set(names)], 'vpc-id': vpc.id });
  const byName = new Map(rows.map((row) => [row.name, row]));
  return names.map(
    (name) =>
      byName.get(name) ??
      fail('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC '${vpc.id}'`),
  );
}
