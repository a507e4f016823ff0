import { type Call, type Driver, DriverError, type Seen } from '../../../ports/driver.ts';
import type { Writing } from '../../context/writing.ts';
import { operation } from '../../operation/operation.ts';
import { leaveRefusal, type Said } from '../../operation/refused.ts';
import { instance } from '../instance.ts';
import type { InstanceRow } from '../row.ts';
import { vcpusOf } from '../vcpus.ts';

type Size = Pick<InstanceRow, 'instanceType' | 'cores' | 'threadsPerCore'>;

interface Resize {
  readonly id: string;
  readonly type: string;
  readonly before: Size;
}

/** What of a row changes with its type. */
export const sizeOf = ({ instanceType, cores, threadsPerCore }: InstanceRow): Size => ({
  instanceType,
  cores,
  threadsPerCore,
});

/** Makes a stopped machine, in the cloud, one of the type of its row. */
export default operation<Resize>(
  'instance.resize',
  async (op, { id, before }) => {
    const type = await op.read('type', async (cx) => {
      const row = await cx.find(instance, id);
      return row?.state === 'shutting-down' || row?.state === 'terminated' ? undefined : row?.instanceType;
    });
    // Its end came first.
    if (type === undefined) return;
    await op.ensure<Seen>('resized', {
      do: (driver, call) => resize(driver, call, id, type),
      undo: async (driver, call) => {
        const there = await driver.compute.look(id, call);
        // One that failed (which its note tells) becomes nothing else; the cloud tells what it is now.
        if (there === undefined || there.note !== undefined) return { settled: true };
        return resize(driver, call, id, before.instanceType);
      },
    });
  },
  {
    giveUp: async (tx, { id, type, before }, why) => {
      await restore(tx, id, type, before);
      await leaveRefusal(tx, why, saidOf(why, id, type));
    },
  },
);

async function resize({ compute }: Driver, call: Call, id: string, type: string): Promise<Seen> {
  if (compute.resize === undefined) throw new DriverError('unsupported', 'the cloud keeps the type of a machine');
  return compute.resize(id, type, call);
}

/** Shows the type of before, unless a later change has come; an instance that is to start has taken vCPUs of the other. */
async function restore(tx: Writing, id: string, type: string, before: Size): Promise<void> {
  const row = await tx.find(instance, id);
  if (row?.instanceType !== type) return;
  const restored = await tx.update(instance, row, before);
  const more = vcpusOf(tx, row) - vcpusOf(tx, restored);
  if (!row.vcpusFreed && more !== 0) await tx.give('vcpus', more);
}

type Why = Parameters<typeof leaveRefusal>[1];

function saidOf({ about, trouble }: Why, id: string, type: string): Said | undefined {
  if (about === 'quota') return ['VcpuLimitExceeded', `The quota of this account does not allow the type ${type}.`];
  if (about === 'state' || about === 'gone')
    return ['IncorrectInstanceState', `The instance '${id}' is not in the 'stopped' state.`];
  if (trouble === 'no-capacity') {
    return ['InsufficientInstanceCapacity', `The cloud has no room to make the instance '${id}' one of type ${type}.`];
  }
  if (trouble !== 'invalid' && trouble !== 'unsupported') return undefined;
  return [
    'InvalidInstanceAttributeValue',
    `Invalid value '${type}' for InstanceType. The cloud does not make the instance '${id}' one of this type.`,
  ];
}
