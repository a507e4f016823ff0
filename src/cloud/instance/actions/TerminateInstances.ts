import {
  TerminateInstances$,
  type TerminateInstancesRequest,
  type TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { Refusal } from '../../../kernel/errors.ts';
import { RefusedInPart, write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { instance } from '../instance.ts';
import { checkNamedIds } from '../namedIds.ts';
import terminateInstance from '../operations/terminateInstance.ts';
import { stateReasons, userInitiated } from '../reasons.ts';
import { requestedInstances } from '../requested.ts';
import type { InstanceRow } from '../row.ts';
import { stateChange } from '../state.ts';

/** How many instances one request may name. */
const most = 1_000;

export default write<TerminateInstancesRequest, TerminateInstancesResult>(TerminateInstances$, {
  doc: 'Shuts instances down for good; of the zones where one of them is protected, none, and the request fails.',
  async run(tx, input) {
    checkNamedIds(input.InstanceIds, most);
    const rows = await requestedInstances(tx, input.InstanceIds);
    const safe = rows.filter((row) => row.disableApiTermination && row.state !== 'terminated');
    const safeZones = new Set(safe.map((row) => row.zone));
    const changes: TerminateInstancesResult['TerminatingInstances'] = [];
    for (const row of rows) {
      if (safeZones.has(row.zone)) continue;
      // A guest is asked to shut down, and after a while its power is cut: `Force` asks for just that.
      changes.push(stateChange(row, await terminate(tx, row, input.SkipOsShutdown === true)));
    }
    return safe[0] === undefined ? { TerminatingInstances: changes } : new RefusedInPart(isProtected(safe[0]));
  },
});

const isProtected = ({ id }: InstanceRow): Refusal =>
  new Refusal(
    'OperationNotPermitted',
    `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
  );

/** Starts the termination of an instance that is not terminated or on its way already. `force`: its power is cut. */
async function terminate(tx: Writing, row: InstanceRow, force: boolean): Promise<InstanceRow> {
  const given = row.state === 'shutting-down' && row.stateReason?.code === stateReasons.internal.code;
  if (row.state === 'terminated' || (row.state === 'shutting-down' && !given)) return row;
  await tx.start(terminateInstance, row.id, { id: row.id, force });
  return tx.on(instance, row, 'terminate', {
    stateReason: stateReasons.userShutdown,
    transitionReason: userInitiated(tx.now),
  });
}
