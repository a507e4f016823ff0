import type { ForeignAddress } from '../../ports/foreign.ts';
import { newId } from '../../ports/ids.ts';
import type { Writing } from '../context/writing.ts';
import type { Adopter, Adoption } from '../foreign/adopter.ts';
import { instance } from '../instance/instance.ts';
import { networkInterface } from '../interface/interface.ts';
import { publicAddressAt } from '../interface/row.ts';
import { address } from './address.ts';
import { associate, dissociate } from './association.ts';
import type { AddressRow, Association } from './row.ts';

/** Elastic IPs that others allocated appear, what they released goes, and each is where it is in the cloud. */
export const adoptAddresses: Adopter<ForeignAddress> = async (tx, { things, gone, whole }, unsettled) => {
  const byId = new Map((await tx.where(address, {})).map((row) => [row.id, row]));
  const told = new Set(things.map(({ id }) => id));
  const leave = await unsettled([...new Set([...byId.keys(), ...told])]);
  const lost = whole ? [...byId.keys()].filter((id) => !told.has(id)) : gone;
  for (const id of lost) {
    const row = byId.get(id);
    if (row !== undefined && !leave.has(id)) await tx.remove(address, await dissociate(tx, row));
  }
  const moved: (readonly [row: AddressRow, to: Place, association: string | undefined])[] = [];
  for (const thing of things) {
    if (leave.has(thing.id)) continue;
    const row = byId.get(thing.id) ?? (await insert(tx, thing));
    const { association } = thing;
    const stays = isAt(row.association, association);
    if (stays && (await isShown(tx, row))) continue;
    // An address may have come to a place that another has left: first all leave.
    const free = stays ? row : await dissociate(tx, row);
    if (association !== undefined) moved.push([free, association, stays ? row.association?.id : undefined]);
  }
  for (const [row, to, association] of moved) await show(tx, row, to, association);
};

/** How the addresses that others allocate, move and release show here: on interfaces, too, as far as these are known. */
export const addressAdoption: Adoption<ForeignAddress> = {
  kinds: [address.kind, networkInterface.kind],
  adopt: adoptAddresses,
};

type Place = NonNullable<ForeignAddress['association']>;

const isAt = (here: Association | undefined, there: Place | undefined): boolean =>
  here?.interface === there?.interface && here?.privateIp === there?.privateIp;

/** Whether the interface that has an address, where it is known, shows it. */
async function isShown(tx: Writing, { id, association }: AddressRow): Promise<boolean> {
  if (association === undefined) return true;
  const eni = await tx.find(networkInterface, association.interface);
  if (eni === undefined) return true;
  return (
    publicAddressAt(eni, association.privateIp)?.allocation === id && association.instance === eni.attachment?.instance
  );
}

const insert = (tx: Writing, { id, publicIp, tags }: ForeignAddress): Promise<AddressRow> => {
  const networkBorderGroup = tx.here.facts.zones[0]?.networkBorderGroup ?? tx.region;
  return tx.insert(address, { id, publicIp, domain: 'vpc', networkBorderGroup, tags });
};

/** Shows an address where the cloud has it; where we do not know the interface, such as a load balancer's, there alone. */
async function show(
  tx: Writing,
  row: AddressRow,
  { interface: eniId, privateIp }: Place,
  id: string = newId(tx.world.random, 'eipassoc'),
): Promise<void> {
  const eni = await tx.find(networkInterface, eniId);
  if (eni === undefined) {
    const association = { id, interface: eniId, interfaceOwner: tx.account, privateIp };
    await tx.update(address, row, { association });
    return;
  }
  const host = eni.attachment === undefined ? undefined : await tx.find(instance, eni.attachment.instance);
  await associate(tx, row, { interface: eni, privateIp, ...(host !== undefined && { instance: host }) }, id);
}
