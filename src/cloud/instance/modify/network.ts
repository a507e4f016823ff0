import { fail } from '../../../kernel/errors.ts';
import type { Writing } from '../../context/writing.ts';
import { cloudHasGroups } from '../../group/inCloud.ts';
import { groupsById } from '../../group/lookup.ts';
import { networkInterface } from '../../interface/interface.ts';
import type { InterfaceRow } from '../../interface/row.ts';
import checkSourceDest from '../operations/checkSourceDest.ts';
import regroupInstance from '../operations/regroupInstance.ts';
import type { InstanceInterface, InstanceRow } from '../row.ts';

/** Changes the one interface of an instance. EC2 refuses where there are several: each is then changed by itself. */
async function changeOnly(
  tx: Writing,
  row: InstanceRow,
  changes: Partial<InterfaceRow> & Partial<InstanceInterface>,
): Promise<readonly InstanceInterface[]> {
  const [only, ...others] = row.interfaces;
  if (only === undefined || others.length > 0) {
    return fail(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${row.id}'. Please specify an interface ID for the operation instead.`,
    );
  }
  await tx.update(networkInterface, await tx.need(networkInterface, only.id), changes);
  return [{ ...only, ...changes }];
}

/** Security groups of the instance, all at once. */
export async function changeGroups(
  tx: Writing,
  row: InstanceRow,
  ids: readonly string[],
): Promise<Partial<InstanceRow>> {
  const groups = (await groupsById(tx, [...new Set(ids)], row.vpc ?? '')).map(({ id, name }) => ({ id, name }));
  const interfaces = await changeOnly(tx, row, { groups });
  if (cloudHasGroups(tx)) {
    const [{ id: on, groups: before }] = row.interfaces as readonly [InstanceInterface];
    await tx.start(regroupInstance, row.id, { id: row.id, interface: on, groups, before });
  }
  return { groups, interfaces };
}

/** Whether the instance may carry traffic of others (as NAT and routers do). */
export async function changeSourceDestCheck(
  tx: Writing,
  row: InstanceRow,
  sourceDestCheck: boolean,
): Promise<Partial<InstanceRow>> {
  const interfaces = await changeOnly(tx, row, { sourceDestCheck });
  const { can, networks } = tx.here.driver;
  if (!sourceDestCheck && !can.sourceDestCheck)
    fail('Unsupported', "This region's cloud always checks source and destination.");
  if (networks?.setSourceDestCheck !== undefined && sourceDestCheck !== row.sourceDestCheck)
    await tx.start(checkSourceDest, row.id, { id: row.id, interface: row.interfaces[0]!.id, check: sourceDestCheck });
  return { sourceDestCheck, interfaces };
}
