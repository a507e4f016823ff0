import type { ForeignMachine } from '../../../ports/foreign.ts';
import { address } from '../../address/address.ts';
import { dissociate } from '../../address/association.ts';
import type { Writing } from '../../context/writing.ts';
import { group } from '../../group/group.ts';
import { networkInterface } from '../../interface/interface.ts';
import type { InterfaceRow, PublicAddress } from '../../interface/row.ts';
import { giveAddresses } from '../../subnet/addresses.ts';
import { counters } from '../../subnet/counters.ts';
import type { SubnetRow } from '../../subnet/row.ts';
import { subnet } from '../../subnet/subnet.ts';
import { attachmentOf } from '../launch/rows.ts';
import type { InstanceInterface, InstanceRow } from '../row.ts';

type Told = ForeignMachine['interfaces'][number];

/**
 * Makes the interfaces of an instance those of its machine; gives how the instance shows them. A machine that shows none,
 * as one that is being made or has failed does, leaves them as they are. One in a network that is no VPC here is not shown.
 */
export async function followInterfaces(
  tx: Writing,
  row: InstanceRow,
  { zone, interfaces: told }: ForeignMachine,
): Promise<readonly InstanceInterface[]> {
  if (told.length === 0) return row.interfaces;
  const byId = new Map(told.map((one) => [one.id, one]));
  const kept: InstanceInterface[] = [];
  for (const shown of row.interfaces) {
    const now = byId.get(shown.id);
    if (now === undefined) await removeInterface(tx, shown);
    else kept.push(await changed(tx, shown, now));
  }
  const known = new Set(kept.map(({ id }) => id));
  const news = told.filter(({ id }) => !known.has(id));
  if (news.length === 0) return kept;
  // A zone of ours is where the machine's other interfaces are, and where its subnets were named after.
  return [...kept, ...(await insertInterfaces(tx, row.id, zone, news, kept))];
}

/** Adds rows of interfaces that a machine has; gives how the instance shows them, numbered after those that it has. */
export async function insertInterfaces(
  tx: Writing,
  machine: string,
  zone: string,
  told: readonly Told[],
  kept: readonly InstanceInterface[],
): Promise<readonly InstanceInterface[]> {
  const added: InstanceInterface[] = [];
  let deviceIndex = kept.length === 0 ? 0 : Math.max(...kept.map((one) => one.deviceIndex)) + 1;
  for (const one of told) {
    const place = await tx.standing.find(subnet, one.subnet);
    if (place === undefined || one.privateIps.length === 0) continue;
    const shown = await shownOf(tx, place, one, deviceIndex++);
    await insertRow(tx, machine, zone, place, shown);
    added.push(shown);
  }
  return added;
}

async function shownOf(tx: Writing, place: SubnetRow, told: Told, deviceIndex: number): Promise<InstanceInterface> {
  const publicAddress = await publicAddressOf(tx, told, undefined);
  return {
    id: told.id,
    attachment: `eni-attach-${told.id.slice(4)}`,
    deviceIndex,
    deleteOnTermination: true,
    attachedAt: tx.now,
    state: 'attached',
    description: '',
    mac: told.mac,
    vpc: place.vpc,
    subnet: place.id,
    privateIps: told.privateIps,
    groups: (await groupsOf(tx, told.groups)) ?? (await defaultGroups(tx, place.vpc)),
    sourceDestCheck: true,
    ...(publicAddress && { publicAddress }),
  };
}

async function insertRow(tx: Writing, machine: string, zone: string, place: SubnetRow, shown: InstanceInterface) {
  const attachment = attachmentOf(machine, shown);
  const there = await tx.find(networkInterface, shown.id);
  if (there !== undefined) {
    // It was left over by another machine, and its addresses are counted.
    await tx.update(networkInterface, there, { state: 'in-use', attachment } as Partial<InterfaceRow>);
    return;
  }
  await tx.insert(networkInterface, {
    id: shown.id,
    state: 'in-use',
    vpc: shown.vpc,
    subnet: shown.subnet,
    zone,
    zoneId: place.zoneId,
    description: '',
    privateIps: shown.privateIps,
    mac: shown.mac,
    groups: shown.groups,
    sourceDestCheck: true,
    attachment,
    ...(shown.publicAddress && { publicAddress: shown.publicAddress }),
  });
  await tx.add(counters(shown.subnet).taken, shown.privateIps.length);
}

async function removeInterface(tx: Writing, { id }: InstanceInterface): Promise<void> {
  const eni = await tx.find(networkInterface, id);
  if (eni === undefined) return;
  for (const one of await tx.where(address, { 'network-interface-id': id })) await dissociate(tx, one);
  await tx.remove(networkInterface, eni);
  await giveAddresses(tx, eni.subnet, eni.privateIps.length);
}

async function changed(tx: Writing, shown: InstanceInterface, told: Told): Promise<InstanceInterface> {
  const { publicAddress: before, ...rest } = shown;
  const publicAddress = await publicAddressOf(tx, told, before);
  const news = {
    privateIps: told.privateIps.length === 0 ? shown.privateIps : inOrder(shown.privateIps, told.privateIps),
    mac: told.mac,
    groups: (await groupsOf(tx, told.groups)) ?? shown.groups,
  };
  const eni = await tx.find(networkInterface, shown.id);
  if (eni !== undefined) {
    await tx.update(networkInterface, eni, { ...news, publicAddress } as Partial<InterfaceRow>);
    const more = news.privateIps.length - eni.privateIps.length;
    if (more > 0) await tx.add(counters(eni.subnet).taken, more);
    if (more < 0) await giveAddresses(tx, eni.subnet, -more);
  }
  return { ...rest, ...news, ...(publicAddress && { publicAddress }) };
}

/** Those that were there before stay where they were, so that the primary one stays that: a cloud may tell them in any order. */
const inOrder = (before: readonly string[], now: readonly string[]): readonly string[] => [
  ...before.filter((ip) => now.includes(ip)),
  ...now.filter((ip) => !before.includes(ip)),
];

/**
 * The public address of an interface. One that is allocated here is shown and taken away with its allocation
 * (`addresses`), which knows more of it than a machine does.
 */
async function publicAddressOf(
  tx: Writing,
  { publicIp }: Told,
  before: PublicAddress | undefined,
): Promise<PublicAddress | undefined> {
  if (before?.allocation !== undefined || before?.owner === 'amazon') return before;
  if (publicIp === undefined) return undefined;
  const allocated = await tx.count(address, { 'public-ip': publicIp });
  return allocated > 0 ? before : { ip: publicIp, owner: tx.account };
}

/** The groups of these ids; undefined where one of them is not known here. */
async function groupsOf(tx: Writing, ids: readonly string[]): Promise<InstanceInterface['groups'] | undefined> {
  const rows = await Promise.all(ids.map((id) => tx.standing.find(group, id)));
  if (rows.length === 0 || rows.includes(undefined)) return undefined;
  return rows.flatMap((row) => (row === undefined ? [] : [{ id: row.id, name: row.name }]));
}

async function defaultGroups(tx: Writing, vpc: string): Promise<InstanceInterface['groups']> {
  const found = await tx.standing.where(group, { 'group-name': 'default', 'vpc-id': vpc });
  return found.map(({ id, name }) => ({ id, name }));
}
