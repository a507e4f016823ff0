import { fail } from '../../kernel/errors.ts';
import { checkId, type Reading } from '../context/reading.ts';
import { group } from './group.ts';
import type { GroupRow } from './row.ts';

/** The groups of these ids, in their order; each must belong to `vpc`. Refuses with InvalidGroup.NotFound. */
export async function groupsById(tx: Reading, ids: readonly string[], vpc: string): Promise<readonly GroupRow[]> {
  for (const id of ids) checkId(group, id);
  const items = await Promise.all(ids.map((id) => tx.standing.find(group, id)));
  return ids.map((id, i) => {
    const row = items[i];
    return row?.vpc === vpc ? row : absent(id, vpc);
  });
}

/** The groups of these names in `vpc`, in their order. Refuses with InvalidGroup.NotFound. */
export async function groupsByName(tx: Reading, names: readonly string[], vpc: string): Promise<readonly GroupRow[]> {
  if (names.length === 0) return [];
  const rows = await tx.standing.where(group, { 'group-name': [...new Set(names)], 'vpc-id': vpc });
  const byName = new Map(rows.map((row) => [row.name, row]));
  return names.map((name) => byName.get(name) ?? absent(name, vpc));
}

/** The default group of a VPC, which cannot be deleted. */
export async function defaultGroup(tx: Reading, vpc: string): Promise<GroupRow> {
  return (await groupsByName(tx, ['default'], vpc))[0]!;
}

const absent = (group: string, vpc: string): never =>
  fail('InvalidGroup.NotFound', `The security group '${group}' does not exist in VPC '${vpc}'`);
