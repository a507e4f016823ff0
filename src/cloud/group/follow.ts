import type { Writing } from '../context/writing.ts';
import { group } from './group.ts';
import { cloudHasGroups } from './inCloud.ts';
import applyGroup from './operations/applyGroup.ts';
import type { GroupRow, GroupRuleRow } from './row.ts';

/** What a transaction changed about a group. */
export interface GroupChange {
  readonly isNew?: true;
  readonly added?: readonly GroupRuleRow[];
  readonly removed?: readonly GroupRuleRow[];
}

/** Lets the cloud follow what this transaction changed about a group. Nothing where the cloud leaves groups to us. */
export async function follow(tx: Writing, row: GroupRow, what: GroupChange): Promise<void> {
  if (!cloudHasGroups(tx)) return;
  const { isNew = false, added = [], removed = [] } = what;
  if (isNew) await tx.update(group, row, { making: true });
  await tx.start(applyGroup, row.id, { id: row.id, isNew, added, removed });
}
