import type { ForeignMachine } from '../../../ports/foreign.ts';
import type { Writing } from '../../context/writing.ts';
import { mergedTags } from '../../tag/mergedTags.ts';
import { instance } from '../instance.ts';
import { stateReasons } from '../reasons.ts';
import type { InstanceRow } from '../row.ts';
import { freeVcpus } from '../vcpus.ts';
import { coresOf, countVcpus } from './cores.ts';
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
    ...(await sized(tx, row, machine)),
    ...(await rebuilt(tx, row, machine)),
    ...(row.adopted && { ...placed(tx, machine), launchedAt: machine.launchedAt }),
    ...(await moved(tx, row, machine)),
  };
  await tx.update(instance, row, changes);
}

/** Another type, resized there. Its vCPUs are counted anew. */
async function sized(tx: Writing, row: InstanceRow, { instanceType }: ForeignMachine): Promise<Partial<InstanceRow>> {
  if (instanceType === row.instanceType || instanceType === '') return {};
  if (!row.vcpusFreed) {
    await freeVcpus(tx, row);
    await countVcpus(tx, { instanceType });
  }
  return { instanceType, cores: coresOf(tx, instanceType), threadsPerCore: 1 };
}

/** Another image, rebuilt there. */
async function rebuilt(tx: Writing, row: InstanceRow, machine: ForeignMachine): Promise<Partial<InstanceRow>> {
  if (machine.image === undefined || machine.image === row.image) return {};
  const picture = await findImage(tx, machine.image);
  return picture === undefined ? {} : { image: machine.image, ...ofImage(picture, machine) };
}

/** Another state, and what comes and goes with it. */
async function moved(tx: Writing, row: InstanceRow, machine: ForeignMachine): Promise<Partial<InstanceRow>> {
  const { state, fault } = machine;
  if (state === 'terminated') return {};
  if (state === row.state) return sameState(row, fault, reasonsOf(machine, tx.now));
  const freed = state === 'stopped' ? await freeVcpus(tx, row) : await taken(tx, row);
  return { ...freed, state, ...reasonsOf(machine, tx.now) };
}

/** A machine that failed meanwhile, or does not fail any more. The reason for a state that stays is not given anew. */
function sameState(row: InstanceRow, fault: string | undefined, reasons: Partial<InstanceRow>): Partial<InstanceRow> {
  if (fault !== undefined) return reasons;
  return row.stateReason?.code === stateReasons.internal.code && row.state === 'running' ? reasons : {};
}

async function taken(tx: Writing, row: InstanceRow): Promise<Partial<InstanceRow>> {
  if (!row.vcpusFreed) return {};
  await countVcpus(tx, { instanceType: row.instanceType });
  return { vcpusFreed: undefined } as unknown as Partial<InstanceRow>;
}
