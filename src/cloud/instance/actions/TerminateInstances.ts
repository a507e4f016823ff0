import {
  TerminateInstances$,
  type TerminateInstancesRequest,
  type TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { instance } from '../instance.ts';
import terminateInstance from '../operations/terminateInstance.ts';
import { stateReasons, userInitiated } from '../reasons.ts';
import { requestedInstances } from '../requested.ts';
import type { InstanceRow } from '../row.ts';
import { stateChange } from '../state.ts';

export default write<TerminateInstancesRequest, TerminateInstancesResult>(TerminateInstances$, {
  doc: 'Shuts instances down for good; none when one of them is protected.',
  async run(tx, input) {
    const rows = await requestedInstances(tx, input.InstanceIds);
    for (const row of rows) {
      if (row.disableApiTermination && row.state !== 'terminated') {
        fail(
          'OperationNotPermitted',
          `The instance '${row.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
        );
      }
    }
    const changes: TerminateInstancesResult['TerminatingInstances'] = [];
    for (const row of rows) changes.push(stateChange(row, await terminate(tx, row)));
    return { TerminatingInstances: changes };
  },
});

/** Starts the termination of an instance that is not terminated or on its way already. */
async function terminate(tx: Writing, row: InstanceRow): Promise<InstanceRow> {
  const given = row.state === 'shutting-down' && row.stateReason?.code === stateReasons.internal.code;
  if (row.state === 'terminated' || (row.state === 'shutting-down' && !given)) return row;
  await tx.start(terminateInstance, row.id, { id: row.id });
  return tx.on(instance, row, 'terminate', {
    stateReason: stateReasons.userShutdown,
    transitionReason: userInitiated(tx.now),
  });
}
