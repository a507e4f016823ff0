import { StopInstances$, type StopInstancesRequest, type StopInstancesResult } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { instance } from '../instance.ts';
import stopInstance from '../operations/stopInstance.ts';
import { stateReasons, userInitiated } from '../reasons.ts';
import { requestedInstances } from '../requested.ts';
import type { InstanceRow } from '../row.ts';
import { stateChange } from '../state.ts';
import { stoppable } from '../stoppable.ts';

export default write<StopInstancesRequest, StopInstancesResult>(StopInstances$, {
  doc: 'Stops instances whose root device outlives their power, as EBS volumes do; they can be started again.',
  async run(tx, input) {
    const rows = await requestedInstances(tx, input.InstanceIds);
    for (const row of rows) checkStoppable(tx, row, input.Hibernate === true);
    const changes: StopInstancesResult['StoppingInstances'] = [];
    // A stop without the system's shutdown is a stop by force: the power is cut.
    const force = input.Force === true || input.SkipOsShutdown === true;
    for (const row of rows) changes.push(stateChange(row, row.state === 'running' ? await stop(tx, row, force) : row));
    return { StoppingInstances: changes };
  },
});

function checkStoppable(tx: Writing, row: InstanceRow, hibernate: boolean): void {
  if (!stoppable(tx, row.rootDeviceType)) {
    fail(
      'UnsupportedOperation',
      `The instance '${row.id}' does not have an 'ebs' root device type and cannot be stopped`,
    );
  }
  if (row.state === 'pending') {
    fail(
      'IncorrectInstanceState',
      `Instance '${row.id}' cannot be stopped as it has never reached the 'running' state.`,
    );
  }
  if (!['running', 'stopping', 'stopped'].includes(row.state)) {
    fail('IncorrectInstanceState', `The instance '${row.id}' is not in a state from which it can be stopped.`);
  }
  if (hibernate) {
    fail('UnsupportedHibernationConfiguration', `The instance '${row.id}' is not configured for hibernation.`);
  }
  if (row.disableApiStop && row.state === 'running') {
    fail(
      'OperationNotPermitted',
      `The instance '${row.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
    );
  }
}

async function stop(tx: Writing, row: InstanceRow, force: boolean): Promise<InstanceRow> {
  await tx.start(stopInstance, row.id, { id: row.id, force });
  return tx.on(instance, row, 'stop', {
    stateReason: stateReasons.userShutdown,
    transitionReason: userInitiated(tx.now),
  });
}
