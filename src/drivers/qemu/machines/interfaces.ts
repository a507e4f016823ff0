import { rm } from 'node:fs/promises';
import type { InterfaceSpec } from '../../../ports/driver.ts';
import { wireOf } from '../folders.ts';
import { plugInInterface, pullOutInterface } from './hotplug.ts';
import type { Machines } from './machines.ts';
import type { MachineRecord } from './record.ts';

/** Records of a machine with these interfaces. */
const withInterfaces = (record: MachineRecord, interfaces: readonly InterfaceSpec[]): MachineRecord => ({
  ...record,
  spec: { ...record.spec, interfaces },
});

/**
 * Gives a machine an interface: in its record, so that it has it at each start; in its QEMU, where that runs; and in the network.
 * Safe to repeat, also where it was cut off in between.
 */
export async function giveInterface(
  { records, connections, parts }: Machines,
  id: string,
  record: MachineRecord,
  nic: InterfaceSpec,
): Promise<void> {
  const { interfaces } = record.spec;
  if (!interfaces.some((one) => one.id === nic.id))
    await records.write(id, withInterfaces(record, [...interfaces, nic]));
  const qmp = await connections.of(id);
  if (qmp !== undefined) await plugInInterface(qmp, nic, parts.folders.machine(id));
  await parts.follow();
}

/** Takes an interface away. False: the guest has not let it go yet; ask again. */
export async function takeInterface(
  { records, connections, parts }: Machines,
  id: string,
  record: MachineRecord,
  on: string,
): Promise<boolean> {
  const qmp = await connections.of(id);
  if (qmp !== undefined && !(await pullOutInterface(qmp, on))) return false;
  const left = record.spec.interfaces.filter((one) => one.id !== on);
  if (left.length < record.spec.interfaces.length) await records.write(id, withInterfaces(record, left));
  await rm(wireOf(parts.folders.machine(id), on), { force: true });
  await parts.follow();
  return true;
}
