import { type Call, type Driver, DriverError, type Seen } from '../../../ports/driver.ts';
import type { Writing } from '../../context/writing.ts';
import { networkInterface } from '../../interface/interface.ts';
import { operation } from '../../operation/operation.ts';
import { leaveRefusal } from '../../operation/refused.ts';
import { instance } from '../instance.ts';
import type { InstanceRow } from '../row.ts';

type Groups = InstanceRow['groups'];

interface Regroup {
  readonly id: string;
  readonly interface: string;
  readonly groups: Groups;
  readonly before: Groups;
}

/** Gives an interface of a machine, in the cloud, the security groups of its row. */
export default operation<Regroup>(
  'instance.regroup',
  async (op, { id, interface: on, before }) => {
    const groups = await op.read('groups', async (cx) => {
      const row = await cx.find(instance, id);
      const shown = row?.state === 'shutting-down' ? undefined : row?.interfaces.find((n) => n.id === on);
      return shown?.groups;
    });
    // Its end came first.
    if (groups === undefined) return;
    await op.ensure<Seen>('groups set', {
      do: (driver, call) => setGroups(driver, call, id, on, groups),
      undo: async (driver, call) => {
        const there = await driver.compute.look(id, call);
        return there === undefined ? { settled: true } : setGroups(driver, call, id, on, before);
      },
    });
  },
  {
    giveUp: async (tx, regroup, why) => {
      await restore(tx, regroup);
      const { about, trouble } = why;
      const none = about === 'gone' || trouble === 'invalid';
      await leaveRefusal(
        tx,
        why,
        none ? ['InvalidGroup.NotFound', 'A security group, or the interface, does not exist in the cloud'] : undefined,
      );
    },
  },
);

async function setGroups({ networks }: Driver, call: Call, id: string, on: string, groups: Groups): Promise<Seen> {
  if (networks?.setGroups === undefined)
    throw new DriverError('unsupported', 'the cloud has no security groups of its own');
  return networks.setGroups(
    id,
    on,
    groups.map((group) => group.id),
    call,
  );
}

/** Shows the groups of before, unless a later change has come. */
async function restore(tx: Writing, { id, interface: on, groups, before }: Regroup): Promise<void> {
  const row = await tx.find(instance, id);
  const shown = row?.interfaces.find((n) => n.id === on);
  if (row === undefined || shown === undefined || !same(shown.groups, groups)) return;
  const eni = await tx.find(networkInterface, on);
  if (eni !== undefined) await tx.update(networkInterface, eni, { groups: before });
  await tx.update(instance, row, {
    ...(shown.deviceIndex === 0 && { groups: before }),
    interfaces: row.interfaces.map((n) => (n.id === on ? { ...n, groups: before } : n)),
  });
}

const same = (one: Groups, other: Groups): boolean =>
  one.length === other.length && one.every(({ id }, at) => id === other[at]!.id);
