import type { ForeignMachine } from '../../../ports/foreign.ts';
import type { Writing } from '../../context/writing.ts';
import { mergedTags } from '../../tag/mergedTags.ts';
import { instance } from '../instance.ts';
import { stateReasons } from '../reasons.ts';
import type { InstanceRow } from '../row.ts';
import { vcpusOf } from '../vcpus.ts';
import { coresOf } from './cores.ts';
import { showDisks } from './disks.ts';
import { followInterfaces } from './network.ts';
import { findImage, networkOf, ofImage, placed, reasonsOf } from './newInstance.ts';

/** Changes the row of an instance to what its machine is now. What is the same changes nothing. */
export async function follow(tx: Writing, row: InstanceRow, machine: ForeignMachine): Promise<void> {
  const interfaces = await followInterfaces(tx, row, machine);
  const changes: Partial<InstanceRow> = {
    ...(interfaces !== row.interfaces && networkOf(tx.region, interfaces)),
    ...(row.hostname?.type === 'resource-name' && { privateDns: row.privateDns }),
    ...(await showDisks(tx, row, machine.disks)),
    ...mergedTags(row, machine),
    ...sized(tx, row, machine),
    ...(await counted(tx, row, machine)),
    ...(await rebuilt(tx, row, machine)),
    ...(row.adopted && { ...placed(tx, machine), launchedAt: machine.launchedAt }),
    ...moved(row, machine, tx.now),
  };
  await tx.update(instance, row, changes);
}

/** Another type, resized there. */
function sized(tx: Writing, row: InstanceRow, { instanceType }: ForeignMachine): Partial<InstanceRow> {
  if (instanceType === row.instanceType || instanceType === '') return {};
  return { instanceType, cores: coresOf(tx, instanceType), threadsPerCore: 1 };
}

/** What it takes of the quota of vCPUs: those of its type, and none while it is stopped. */
async function counted(tx: Writing, row: InstanceRow, { state, instanceType }: ForeignMachine) {
  const isOff = state === 'stopped';
  const before = row.vcpusFreed ? 0 : vcpusOf(tx, row);
  const same = instanceType === row.instanceType || instanceType === '';
  const now = isOff ? 0 : same ? vcpusOf(tx, row) : coresOf(tx, instanceType);
  if (now !== before) await tx.give('vcpus', before - now);
  return { vcpusFreed: isOff ? true : undefined } as Partial<InstanceRow>;
}

/** Another image, rebuilt there. */
async function rebuilt(tx: Writing, row: InstanceRow, machine: ForeignMachine): Promise<Partial<InstanceRow>> {
  if (machine.image === undefined || machine.image === row.image) return {};
  const picture = await findImage(tx, machine.image);
  return picture === undefined ? {} : { image: machine.image, ...ofImage(picture, machine) };
}

/** Another state, or another reason for it: a fault that came or went. Else a reason is not given anew. */
function moved(
  { state: before, stateReason }: InstanceRow,
  machine: ForeignMachine,
  now: number,
): Partial<InstanceRow> {
  const { state, fault } = machine;
  if (state === 'terminated') return {};
  const recovered = stateReason?.code === stateReasons.internal.code && state === 'running';
  return state !== before || fault !== undefined || recovered ? { state, ...reasonsOf(machine, now) } : {};
}
