import { ModifyInstanceAttribute$, type ModifyInstanceAttributeRequest } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { instance } from '../instance.ts';
import { readAsked } from '../modify/asked.ts';
import { changesOf } from '../modify/attributes.ts';
import { knowTypes } from '../types.ts';

export default write<ModifyInstanceAttributeRequest, Record<string, never>, void>(ModifyInstanceAttribute$, {
  doc: 'Changes one attribute of an instance.',
  async prepare(cx, { InstanceType: type, Attribute, Value }) {
    const named = type?.Value ?? (Attribute === 'instanceType' ? Value : undefined);
    if (named !== undefined) await knowTypes(cx, [named]);
  },
  async run(tx, input) {
    const id = input.InstanceId ?? missing('InstanceId');
    const asked = readAsked(input);
    const row = await tx.need(instance, id);
    if (row.state === 'terminated' || row.state === 'shutting-down') {
      fail(
        'IncorrectInstanceState',
        `The instance '${row.id}' is in state '${row.state}', in which it cannot be modified.`,
      );
    }
    await tx.update(instance, row, await changesOf(tx, row, asked));
    return {};
  },
  settle: {},
});
