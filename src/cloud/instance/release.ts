import { address } from '../address/address.ts';
import { dissociate } from '../address/association.ts';
import type { AddressRow } from '../address/row.ts';
import type { Writing } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import type { InterfaceRow } from '../interface/row.ts';
import { giveAddresses } from '../subnet/addresses.ts';
import { forgetVolume } from '../volume/operations/deleteVolume.ts';
import type { VolumeRow } from '../volume/row.ts';
import { volume } from '../volume/volume.ts';
import type { InstanceBlockDevice, InstanceRow } from './row.ts';
import { freeVcpus } from './vcpus.ts';

/** What a terminated instance has lost: its place in the network and its devices. */
export const terminatedShape = (now: number): Partial<InstanceRow> =>
  ({
    terminatedAt: now,
    vpc: undefined,
    subnet: undefined,
    privateIp: undefined,
    privateDns: '',
    publicDns: '',
    groups: [],
    interfaces: [],
    blockDevices: [],
  }) as unknown as Partial<InstanceRow>;

/**
 * Gives back all that an instance holds once its machine is gone: interfaces and their addresses, volumes (`fate`
 * tells which are forgotten because their blocks are gone, and which stay), quotas. Elastic IP addresses stay the
 * account's.
 */
export async function releaseEverything(
  tx: Writing,
  row: InstanceRow,
  fate: (device: InstanceBlockDevice) => 'forget' | 'keep',
): Promise<void> {
  await releaseInterfaces(tx, row);
  for (const device of row.blockDevices) {
    const found = await tx.find(volume, device.volume);
    if (found === undefined) continue;
    if (fate(device) === 'forget') await forgetVolume(tx, found);
    else await detach(tx, found, row.id);
  }
  await tx.give('instances', 1);
  await freeVcpus(tx, row);
}

async function detach(tx: Writing, row: VolumeRow, instanceId: string): Promise<void> {
  const attachments = row.attachments.filter((a) => a.instance !== instanceId);
  await tx.update<VolumeRow>(volume, row, { state: attachments.length === 0 ? 'available' : 'in-use', attachments });
}

async function releaseInterfaces(tx: Writing, row: InstanceRow): Promise<void> {
  const freed = new Map<string, number>();
  for (const shown of row.interfaces) {
    const eni = await tx.find(networkInterface, shown.id);
    if (eni === undefined) continue;
    const elastic = await elasticOf(tx, eni);
    if (!shown.deleteOnTermination) {
      await leave(tx, eni, elastic);
      continue;
    }
    for (const one of elastic) await dissociate(tx, one);
    await tx.remove(networkInterface, eni);
    freed.set(eni.subnet, (freed.get(eni.subnet) ?? 0) + eni.privateIps.length);
  }
  for (const [subnet, count] of freed) await giveAddresses(tx, subnet, count);
}

/** Elastic IP addresses of an interface: each private address may have one, and the interface shows the primary's only. */
async function elasticOf(tx: Writing, eni: InterfaceRow): Promise<readonly AddressRow[]> {
  if (eni.privateIps.length === 1 && eni.publicAddress?.allocation === undefined) return [];
  return tx.where(address, { 'network-interface-id': eni.id });
}

/** An interface that outlives its instance keeps its private addresses and its Elastic IP addresses. */
async function leave(tx: Writing, eni: InterfaceRow, elastic: readonly AddressRow[]): Promise<void> {
  const kept = eni.publicAddress?.allocation === undefined ? { publicAddress: undefined } : {};
  const changes = { attachment: undefined, autoPublicAddress: undefined, ...kept } as unknown as Partial<InterfaceRow>;
  await tx.on(networkInterface, eni, 'detach', changes);
  for (const one of elastic) {
    if (one.association === undefined) continue;
    const { instance: _, ...association } = one.association;
    await tx.update(address, one, { association });
  }
}
