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

/** vCPUs that an instance counts with in the quota: its type's own, whatever its CPU options are. */
export const vcpusOf = (tx: Writing, type: string, row: InstanceRow): number =>
  tx.here.driver.catalogue.hardware(type)?.vcpus ?? row.cores * row.threadsPerCore;

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
  await tx.give('vcpus', vcpusOf(tx, row.instanceType, row));
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
    const allocation = eni.publicAddress?.allocation;
    const elastic = allocation === undefined ? undefined : await tx.find(address, allocation);
    if (!shown.deleteOnTermination) {
      await leave(tx, eni, elastic);
      continue;
    }
    if (elastic !== undefined) await dissociate(tx, elastic);
    await tx.remove(networkInterface, eni);
    freed.set(eni.subnet, (freed.get(eni.subnet) ?? 0) + eni.privateIps.length);
  }
  for (const [subnet, count] of freed) await giveAddresses(tx, subnet, count);
}

/** An interface that outlives its instance keeps its private addresses and its Elastic IP address. */
async function leave(tx: Writing, eni: InterfaceRow, elastic: AddressRow | undefined): Promise<void> {
  const kept = elastic === undefined ? { publicAddress: undefined } : {};
  const changes = { attachment: undefined, autoPublicAddress: undefined, ...kept } as unknown as Partial<InterfaceRow>;
  await tx.on(networkInterface, eni, 'detach', changes);
  if (elastic?.association === undefined) return;
  const { instance: _, ...association } = elastic.association;
  await tx.update(address, elastic, { association });
}
