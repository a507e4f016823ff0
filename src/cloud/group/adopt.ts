import type { ForeignGroup, ForeignRule } from '../../ports/foreign.ts';
import type { Writing } from '../context/writing.ts';
import type { Adopter, Adoption } from '../foreign/adopter.ts';
import { group } from './group.ts';
import type { GroupRow, GroupRuleRow } from './row.ts';
import { ruleKey } from './rules/rule.ts';

/** Groups that others made appear, what they deleted goes, and rules are as they are in the cloud. */
export const adoptGroups: Adopter<ForeignGroup> = async (tx, { things, gone, whole }, unsettled) => {
  const rows = await tx.where(group, {});
  const byId = new Map(rows.map((row) => [row.id, row]));
  const names = new Map([...rows, ...things].map(({ id, name }) => [id, name]));
  const leave = await unsettled([...new Set([...byId.keys(), ...things.map(({ id }) => id)])]);
  const seen = new Set<string>();
  for (const thing of things) {
    const row = byId.get(thing.id) ?? (thing.isDefault ? defaultOf(rows, thing.vpc) : undefined);
    if (row !== undefined) seen.add(row.id);
    if (leave.has(thing.id) || (row !== undefined && leave.has(row.id))) continue;
    if (row === undefined) await insert(tx, thing, names);
    else await bringUp(tx, row, thing, names);
  }
  const lost = whole ? rows.filter(({ id }) => !seen.has(id)) : gone.flatMap((id) => byId.get(id) ?? []);
  for (const row of lost) if (!leave.has(row.id)) await tx.remove(group, row);
};

/** How the security groups that others make, change and delete show here. */
export const groupAdoption: Adoption<ForeignGroup> = { kinds: [group.kind], adopt: adoptGroups };

const defaultOf = (rows: readonly GroupRow[], vpc: string): GroupRow | undefined =>
  rows.find((row) => row.name === 'default' && row.vpc === vpc);

type Names = ReadonlyMap<string, string>;

const insert = (tx: Writing, thing: ForeignGroup, names: Names): Promise<GroupRow> => {
  const { id, name, description, vpc } = thing;
  const rules = thing.rules.map((rule) => ruleOf(tx.account, rule, names));
  return tx.insert(group, { id, name, description, vpc, rules });
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
