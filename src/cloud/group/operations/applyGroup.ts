import type { Call, Driver, Seen } from '../../../ports/driver.ts';
import type { GroupSpec } from '../../../ports/networks.ts';
import { operation } from '../../operation/operation.ts';
import { leaveRefusal } from '../../operation/refused.ts';
import { group } from '../group.ts';
import { groupsOf, saidOf, specOf } from '../inCloud.ts';
import type { GroupRow, GroupRuleRow } from '../row.ts';

interface Change {
  readonly id: string;
  readonly isNew: boolean;
  readonly added: readonly GroupRuleRow[];
  readonly removed: readonly GroupRuleRow[];
}

/** Gives a security group, in the cloud, the rules of its row. What the cloud does not take is not in the row, either. */
export default operation<Change>(
  'group.apply',
  async (op, change) => {
    const { id, isNew } = change;
    const wanted = await op.read('group', async (cx) => {
      const row = await cx.find(group, id);
      return (
        row && {
          now: await specOf(cx, row, isNew),
          before: await specOf(cx, { ...row, rules: without(row, change) }, false),
        }
      );
    });
    // Deleted meanwhile, or withdrawn.
    if (wanted === undefined) return;
    await op.ensure<Seen>('rules', {
      do: (driver, call) => groupsOf(driver).ensure(id, wanted.now, call),
      undo: (driver, call) => (isNew ? groupsOf(driver).absent(id, call) : putBack(driver, call, id, wanted.before)),
    });
    if (!isNew) return;
    await op.finish('made', async (tx) => {
      // A group that was withdrawn meanwhile is taken away again.
      await tx.update(group, await tx.need(group, id), { making: undefined } as Partial<GroupRow>);
    });
  },
  {
    giveUp: async (tx, change, why) => {
      const { id, isNew } = change;
      const row = await tx.find(group, id);
      // A VPC without its default group would be of no use; the log says why nothing can be launched with it.
      if (row !== undefined && isNew && row.name !== 'default') await tx.remove(group, row);
      if (row !== undefined && !isNew) await tx.update(group, row, { rules: without(row, change) });
      await leaveRefusal(tx, why, saidOf(why, id, isNew));
    },
  },
);

/** The rules without the change. What other changes did stays. */
function without(row: GroupRow, { added, removed }: Change): readonly GroupRuleRow[] {
  const gone = new Set(added.map((rule) => rule.id));
  const there = new Set(row.rules.map((rule) => rule.id));
  return [...row.rules.filter((rule) => !gone.has(rule.id)), ...removed.filter((rule) => !there.has(rule.id))];
}

async function putBack(driver: Driver, call: Call, id: string, spec: GroupSpec): Promise<Seen> {
  const groups = groupsOf(driver);
  return (await groups.look(id, call)) === undefined ? { settled: true } : groups.ensure(id, spec, call);
}
