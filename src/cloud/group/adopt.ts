import type { Changes, ForeignGroup, ForeignRule } from '../../ports/foreign.ts';
import type { Writing } from '../context/writing.ts';
import { leavingOf } from '../operation/leaving.ts';
import { group } from './group.ts';
import type { GroupRow, GroupRuleRow } from './row.ts';
import { ruleKey } from './rules/rule.ts';

/**
 * Brings the account's security groups up to date with what its cloud tells of them: those that others made appear, what they
 * deleted goes, and rules are as they are there. A row that the cloud has yet to follow, or has followed since it was asked,
 * stays as it is.
 */
export async function adoptGroups(tx: Writing, changes: Changes<ForeignGroup>): Promise<void> {
  const { things, gone, whole, askedAt } = changes;
  const rows = await tx.where(group, {});
  const byId = new Map(rows.map((row) => [row.id, row]));
  const told = new Set(things.map(({ id }) => id));
  const leaving = await leavingOf(tx, told, askedAt);
  const names = new Map([...rows, ...things].map(({ id, name }) => [id, name]));
  const seen = new Set<string>();
  for (const thing of things) {
    if (leaving.has(thing.id)) continue;
    const row = byId.get(thing.id) ?? (thing.isDefault ? defaultOf(rows, thing.vpc) : undefined);
    if (row !== undefined) seen.add(row.id);
    if (row === undefined) await insert(tx, thing, names);
    else if (!isBusy(row, askedAt)) await bringUp(tx, row, thing, names);
  }
  const lost = whole ? rows.filter(({ id }) => !seen.has(id)) : gone.flatMap((id) => byId.get(id) ?? []);
  for (const row of lost) if (!isBusy(row, askedAt)) await tx.remove(group, row);
}

const defaultOf = (rows: readonly GroupRow[], vpc: string): GroupRow | undefined =>
  rows.find((row) => row.name === 'default' && row.vpc === vpc);

/** Whether what the cloud said at `askedAt` may be older than what the row says. */
const isBusy = ({ changing, syncedAt }: GroupRow, askedAt: number | undefined): boolean =>
  changing !== undefined || (syncedAt !== undefined && (askedAt === undefined || syncedAt >= askedAt));

type Names = ReadonlyMap<string, string>;

const insert = ({ account, insert: into }: Writing, thing: ForeignGroup, names: Names): Promise<GroupRow> => {
  const { id, name, description, vpc, rules } = thing;
  return into(group, { id, name, description, vpc, rules: rules.map((rule) => ruleOf(account, rule, names)) });
};

function ruleOf(account: string, { group: peer, ...rule }: ForeignRule, names: Names): GroupRuleRow {
  if (peer === undefined) return { ...rule, tags: {} };
  const name = names.get(peer);
  return { ...rule, group: { id: peer, account, ...(name !== undefined && { name }) }, tags: {} };
}

/** Rules that are there stay, with the ids and tags that they have here. */
async function bringUp(tx: Writing, row: GroupRow, thing: ForeignGroup, names: Names): Promise<void> {
  const keyOf = (rule: GroupRuleRow): string => `${rule.direction} ${ruleKey(rule)}`;
  const theirs = new Map(thing.rules.map((rule) => ruleOf(tx.account, rule, names)).map((rule) => [keyOf(rule), rule]));
  const kept = row.rules.filter((rule) => theirs.has(keyOf(rule)));
  const known = new Set(kept.map(keyOf));
  const added = [...theirs].filter(([key]) => !known.has(key)).map(([, rule]) => rule);
  if (added.length === 0 && kept.length === row.rules.length) return;
  await tx.update(group, row, { rules: [...kept, ...added] });
}
