import type { Changes } from '../../ports/foreign.ts';
import type { ForeignSubnet, ForeignVpc } from '../../ports/networks.ts';
import type { Writing } from '../context/writing.ts';
import type { Adoption } from '../foreign/adopter.ts';
import { group } from '../group/group.ts';
import { cloudHasGroups } from '../group/inCloud.ts';
import { makeDefaultGroup } from '../group/makeDefault.ts';
import removeGroup from '../group/operations/removeGroup.ts';
import { networkInterface } from '../interface/interface.ts';
import type { SubnetRow } from '../subnet/row.ts';
import { subnet } from '../subnet/subnet.ts';
import { subnetRow, vpcRow } from './foreignRows.ts';
import type { VpcRow } from './row.ts';
import { vpc } from './vpc.ts';

/** Makes an account's VPCs and subnets what its networks are in the cloud. No operation of ours changes those. */
export const networkAdoption: Adoption<ForeignVpc> = { kinds: [vpc.kind, subnet.kind], adopt: adoptNetworks };

/**
 * VPCs and subnets appear, change and go with the networks. A subnet that interfaces are in stays where it is, and so does
 * its VPC: they go, or move to another VPC, when the last interface is gone. The default VPC is the same as long as it is there.
 */
async function adoptNetworks(tx: Writing, { things, whole, gone }: Changes<ForeignVpc>): Promise<void> {
  const vpcs = await tx.where(vpc, {});
  const rows = { vpcs: byId(vpcs), subnets: byId(await tx.where(subnet, {})) };
  const isTold = byId(things);
  const usual = vpcs.find((row) => row.isDefault && isTold.has(row.id))?.id ?? things.find((one) => one.isDefault)?.id;
  const used = await usedSubnets(tx);
  for (const thing of things) {
    await bringUpVpc(tx, thing, thing.id === usual, rows.vpcs.get(thing.id));
    await bringUpSubnets(tx, thing, thing.id === usual, rows.subnets, used);
  }
  const toldSubnets = byId(things.flatMap((thing) => thing.subnets));
  const isGone = (id: string): boolean => (whole ? !isTold.has(id) : gone.includes(id));
  for (const row of rows.subnets.values()) {
    const gonePart = toldSubnets.has(row.id) ? false : isTold.has(row.vpc) || isGone(row.vpc);
    if (gonePart && !used.has(row.id)) await tx.remove(subnet, row);
  }
  for (const row of vpcs) if (isGone(row.id)) await removeIfEmpty(tx, row);
}

const byId = <T extends { readonly id: string }>(things: readonly T[]): ReadonlyMap<string, T> =>
  new Map(things.map((thing) => [thing.id, thing]));

/** Subnets that interfaces are in. */
const usedSubnets = async (tx: Writing): Promise<ReadonlySet<string>> =>
  new Set((await tx.where(networkInterface, {})).map((row) => row.subnet));

async function bringUpVpc(tx: Writing, thing: ForeignVpc, isDefault: boolean, row: VpcRow | undefined): Promise<void> {
  const told = vpcRow(tx, thing, isDefault, row);
  if (row === undefined) {
    await tx.insert(vpc, told);
    await makeDefaultGroup(tx, thing.id);
  } else if (differs(row, told)) await tx.update(vpc, row, told);
}

async function bringUpSubnets(
  tx: Writing,
  { id, subnets }: ForeignVpc,
  isDefault: boolean,
  rows: ReadonlyMap<string, SubnetRow>,
  used: ReadonlySet<string>,
): Promise<void> {
  const defaults = isDefault ? defaultsOf(subnets, rows) : new Set<string>();
  for (const told of subnets) {
    const row = rows.get(told.id);
    // One that interfaces are in does not move: they would be in another VPC than their groups.
    const where = row !== undefined && used.has(row.id) ? row.vpc : id;
    const after = subnetRow(tx, where, told, defaults.has(told.id), row);
    if (row === undefined) await tx.insert(subnet, after);
    else if (differs(row, after)) await tx.update(subnet, row, after);
  }
}

/** The default subnet of each zone: the one that is it already, or the oldest. */
function defaultsOf(subnets: readonly ForeignSubnet[], rows: ReadonlyMap<string, SubnetRow>): ReadonlySet<string> {
  const chosen = new Map<string, string>();
  for (const { id, zone } of subnets) if (rows.get(id)?.defaultForZone) chosen.set(zone, id);
  for (const { id, zone } of subnets) if (!chosen.has(zone)) chosen.set(zone, id);
  return new Set(chosen.values());
}

const differs = <R extends object>(row: R, told: Partial<R>): boolean =>
  (Object.keys(told) as (keyof R)[]).some((name) => JSON.stringify(row[name]) !== JSON.stringify(told[name]));

/** Groups that the account made keep their VPC, as on AWS. The default one goes with it. */
async function removeIfEmpty(tx: Writing, row: VpcRow): Promise<void> {
  const inside = await tx.where(subnet, {});
  if (inside.some((one) => one.vpc === row.id)) return;
  const groups = await tx.where(group, { 'vpc-id': row.id });
  const used = new Set((await tx.where(networkInterface, {})).flatMap((one) => one.groups.map(({ id }) => id)));
  if (groups.some(({ id, name }) => name !== 'default' || used.has(id))) return;
  for (const one of groups) {
    await tx.remove(group, one);
    // That of the default VPC is the cloud's own, which stays.
    if (cloudHasGroups(tx) && !row.isDefault) await tx.start(removeGroup, one.id, { row: one });
  }
  await tx.remove(vpc, row);
}
