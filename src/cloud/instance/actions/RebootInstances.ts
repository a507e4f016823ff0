import { RebootInstances$, type RebootInstancesRequest } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import rebootInstance from '../operations/rebootInstance.ts';
import { requestedInstances } from '../requested.ts';

export default write<RebootInstancesRequest, Record<string, never>>(RebootInstances$, {
  doc: 'Asks running instances to reboot.',
  async run(tx, input) {
    const rows = await requestedInstances(tx, input.InstanceIds);
    for (const row of rows) {
      if (row.state !== 'running') {
        fail('IncorrectInstanceState', `The instance '${row.id}' is not in a state from which it can be rebooted.`);
      }
    }
    for (const row of rows) await tx.start(rebootInstance, row.id, { id: row.id });
    return {};
  },
});
