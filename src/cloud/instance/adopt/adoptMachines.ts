import type { ForeignMachine } from '../../../ports/foreign.ts';
import type { Writing } from '../../context/writing.ts';
import type { Adopter, Adoption } from '../../foreign/adopter.ts';
import { networkInterface } from '../../interface/interface.ts';
import { instance } from '../instance.ts';
import { showRunning } from '../operations/launchInstance.ts';
import terminateInstance from '../operations/terminateInstance.ts';
import { stateReasons, userInitiated } from '../reasons.ts';
import type { InstanceRow } from '../row.ts';
import { follow } from './follow.ts';
import { addInstance } from './newInstance.ts';

const adopt: Adopter<ForeignMachine> = async (tx, { whole, things, gone, unsure = [] }, unsettled) => {
  const told = new Map(things.map((thing) => [thing.id, thing]));
  const rows = await rowsOf(tx, whole ? undefined : [...told.keys(), ...gone]);
  const there = new Set([...told.keys(), ...unsure]);
  const ended = whole ? [...rows.keys()].filter((id) => !there.has(id)) : gone;
  const living = ended.filter((id) => rows.has(id));
  const leave = await unsettled([...told.keys(), ...living]);
  for (const [id, machine] of told) {
    const row = rows.get(id);
    if (leave.get(id) === 'in-hand' && row !== undefined && isLaunched(row, machine)) await showRunning(tx, id);
    if (leave.has(id)) continue;
    if (row !== undefined) await follow(tx, row, machine);
    // One that is on its way out before anybody here saw it is not shown any more; nor is one that was ended here.
    else if (machine.state !== 'shutting-down' && (await tx.find(instance, id)) === undefined)
      await addInstance(tx, machine);
  }
  for (const id of living) if (!leave.has(id)) await end(tx, rows.get(id)!);
};

/** How machines that others make, change and delete show here. */
export const machineAdoption: Adoption<ForeignMachine> = { kinds: [instance.kind, networkInterface.kind], adopt };

/** The account's instances of these ids, or all; those that are over are left out. */
async function rowsOf(tx: Writing, ids: readonly string[] | undefined): Promise<ReadonlyMap<string, InstanceRow>> {
  const found =
    ids === undefined
      ? await tx.where(instance, {})
      : (await Promise.all(ids.map((id) => tx.find(instance, id)))).filter((row) => row !== undefined);
  return new Map(found.filter((row) => row.state !== 'terminated').map((row) => [row.id, row]));
}

/**
 * Whether the machine of a launch runs before its operation has looked: whoever sees it here need not wait for that look,
 * too. The operation finds its machine shown, and ends.
 */
const isLaunched = (row: InstanceRow, machine: ForeignMachine): boolean =>
  row.state === 'pending' && machine.state === 'running' && row.interfaces.some(({ state }) => state === 'attaching');

/**
 * The machine is gone. Our own termination does what is left: its ports and volumes, and what the instance held here.
 */
async function end(tx: Writing, row: InstanceRow): Promise<void> {
  await tx.on(instance, row, 'terminate', {
    stateReason: stateReasons.userShutdown,
    transitionReason: userInitiated(tx.now),
  });
  await tx.start(terminateInstance, row.id, { id: row.id });
}
