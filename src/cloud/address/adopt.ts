import type { Changes, ForeignAddress } from '../../ports/foreign.ts';
import { newId } from '../../ports/ids.ts';
import type { Writing } from '../context/writing.ts';
import { instance } from '../instance/instance.ts';
import { networkInterface } from '../interface/interface.ts';
import { leavingOf } from '../operation/leaving.ts';
import { address } from './address.ts';
import { associate, dissociate } from './association.ts';
import { addressOrder } from './inCloud.ts';
import type { AddressRow, Association } from './row.ts';

/**
 * Brings the account's Elastic IPs up to date with what its cloud tells of them: those that others allocated appear, what they
 * released goes, and each is where it is there. A row that the cloud has yet to follow, or has followed since it was asked,
 * stays as it is. Instances and their interfaces are to be up to date before.
 */
export async function adoptAddresses(tx: Writing, changes: Changes<ForeignAddress>): Promise<void> {
  const { things, gone, whole, askedAt } = changes;
  const rows = await tx.where(address, {});
  const byId = new Map(rows.map((row) => [row.id, row]));
  const told = new Set(things.map(({ id }) => id));
  const underWay = new Set([
    ...(await leavingOf(tx, told, askedAt)),
    ...(await tx.where(addressOrder, {})).map(({ id }) => id),
  ]);
  const lost = whole ? rows.filter(({ id }) => !told.has(id)) : gone.flatMap((id) => byId.get(id) ?? []);
  for (const row of lost) {
    if (!isBusy(row, askedAt)) await tx.remove(address, await dissociate(tx, row));
  }
  const waiting: (readonly [AddressRow, ForeignAddress])[] = [];
  for (const thing of things) {
    if (underWay.has(thing.id)) continue;
    const row = byId.get(thing.id);
    if (row !== undefined && (isBusy(row, askedAt) || isAt(row.association, thing.association))) continue;
    // An address may have come to a place that another has left: first all leave.
    waiting.push([row === undefined ? await insert(tx, thing) : await dissociate(tx, row), thing]);
  }
  for (const [row, thing] of waiting) if (thing.association !== undefined) await show(tx, row, thing.association);
}

/** Whether what the cloud said at `askedAt` may be older than what the row says. */
const isBusy = ({ changing, syncedAt }: AddressRow, askedAt: number | undefined): boolean =>
  changing !== undefined || (syncedAt !== undefined && (askedAt === undefined || syncedAt >= askedAt));

type Place = NonNullable<ForeignAddress['association']>;

const isAt = (here: Association | undefined, there: Place | undefined): boolean =>
  here?.interface === there?.interface && here?.privateIp === there?.privateIp;

const insert = (tx: Writing, { id, publicIp, tags }: ForeignAddress): Promise<AddressRow> => {
  const networkBorderGroup = tx.here.facts.zones[0]?.networkBorderGroup ?? tx.region;
  return tx.insert(address, { id, publicIp, domain: 'vpc', networkBorderGroup, tags });
};

/** Shows an address where the cloud has it; on an interface that we do not know, such as a load balancer's, alone. */
async function show(tx: Writing, row: AddressRow, { interface: id, privateIp }: Place): Promise<void> {
  const eni = await tx.find(networkInterface, id);
  if (eni === undefined) {
    const association = {
      id: newId(tx.world.random, 'eipassoc'),
      interface: id,
      interfaceOwner: tx.account,
      privateIp,
    };
    await tx.update(address, row, { association });
    return;
  }
  const host = eni.attachment === undefined ? undefined : await tx.find(instance, eni.attachment.instance);
  await associate(tx, row, { interface: eni, privateIp, ...(host !== undefined && { instance: host }) });
}
