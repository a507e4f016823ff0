import { fail, missing } from '../../kernel/errors.ts';
import type { Resource, Row } from '../../kernel/resource.ts';
import { checkId, notFound } from '../context/reading.ts';
import type { Writing } from '../context/writing.ts';
import { group } from '../group/group.ts';
import { instance } from '../instance/instance.ts';
import { networkInterface } from '../interface/interface.ts';
import type { InterfaceRow } from '../interface/row.ts';
import { mirror } from './mirror.ts';
import { sharedTags } from './sharedTags.ts';
import { taggableById } from './taggable.ts';

type Tags = Readonly<Record<string, string>>;
type Change = (tags: Tags) => Tags;

/** EC2 user guide, "Tag your EC2 resources": one request may name this many. */
const most = 1000;

/**
 * Changes the tags of resources of any kinds, all or none. Ids of no kind are refused with InvalidID, malformed and
 * unknown ones with the codes of their kind. On what another account shares, the tags are our own, and only we see them.
 */
export async function changeTags(tx: Writing, ids: readonly string[] | undefined, change: Change): Promise<void> {
  if (ids === undefined || ids.length === 0) return missing('ResourceId');
  if (ids.length > most) fail('InvalidParameterValue', `The maximum number of resources (ResourceId) is ${most}`);
  for (const [declaration, named] of byKind([...new Set(ids)])) {
    const own = await findAll(tx, declaration, named);
    for (const row of own) {
      const tags = change(row.tags);
      await tx.update(declaration, row, { tags });
      await mirror(tx, declaration.kind, row, tags);
      if (declaration.kind === networkInterface.kind) await showOnInstance(tx, row as InterfaceRow, tags);
    }
    const known = new Set(own.map((row) => row.id));
    const others = named.filter((id) => !known.has(id));
    if (others.length > 0) await changeShared(tx, declaration, others, change);
  }
  await changeRules(tx, ids.filter(isRule), change);
}

/** Instances are found by the tags of their interfaces (`network-interface.tag-key`). */
async function showOnInstance(tx: Writing, { id, attachment }: InterfaceRow, tags: Tags): Promise<void> {
  const row = attachment && (await tx.find(instance, attachment.instance));
  if (row === undefined) return;
  await tx.update(instance, row, { interfaces: row.interfaces.map((n) => (n.id === id ? { ...n, tags } : n)) });
}

const isRule = (id: string): boolean => id.startsWith('sgr-');

function byKind(ids: readonly string[]): ReadonlyMap<Resource, readonly string[]> {
  const kinds = new Map<Resource, string[]>();
  for (const id of ids.filter((each) => !isRule(each))) {
    const declaration = taggableById(id) ?? fail('InvalidID', `The ID '${id}' is not valid`);
    checkId(declaration, id);
    kinds.set(declaration, [...(kinds.get(declaration) ?? []), id]);
  }
  return kinds;
}

/** Changes our own tags of what others share with us. */
async function changeShared(tx: Writing, declaration: Resource, ids: readonly string[], change: Change): Promise<void> {
  if (declaration.audience === undefined) return notFound(declaration, ids);
  for (const id of ids) {
    await tx.needVisible(declaration, id);
    const row = await tx.find(sharedTags, id);
    const tags = change(row?.tags ?? {});
    if (Object.keys(tags).length === 0) {
      if (row !== undefined) await tx.remove(sharedTags, row);
    } else if (row === undefined) await tx.insert(sharedTags, { id, tags });
    else await tx.update(sharedTags, row, { tags });
  }
}

async function findAll(tx: Writing, declaration: Resource, ids: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const id of ids) {
    const row = await tx.find(declaration, id);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

async function changeRules(tx: Writing, ids: readonly string[], change: Change): Promise<void> {
  for (const id of new Set(ids)) {
    if (!/^sgr-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
      fail('InvalidSecurityGroupRuleId.Malformed', `Invalid id: "${id}" (expecting "sgr-...")`);
    }
    const [owner] = await tx.where(group, { 'security-group-rule-id': id });
    if (owner === undefined) {
      return fail('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
    }
    const rules = owner.rules.map((rule) => (rule.id === id ? { ...rule, tags: change(rule.tags) } : rule));
    await tx.update(group, owner, { rules });
  }
}
