import { StartInstances$, type StartInstancesRequest, type StartInstancesResult } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Reading } from '../../context/reading.ts';
import { rowOf } from '../../context/rows.ts';
import { giveAutomatic } from '../automatic.ts';
import { instance } from '../instance.ts';
import { refuseFull, roomIn } from '../launch/room.ts';
import startInstance from '../operations/startInstance.ts';
import { requestedInstances } from '../requested.ts';
import type { InstanceRow } from '../row.ts';
import { stateChange } from '../state.ts';
import { takeVcpus } from '../vcpus.ts';

/** Machines that each zone can take of each type, by `ZONE/TYPE`. */
type Rooms = ReadonlyMap<string, number>;
const place = (row: InstanceRow): string => `${row.zone}/${row.instanceType}`;

export default write<StartInstancesRequest, StartInstancesResult, Rooms>(StartInstances$, {
  doc: 'Starts instances that were stopped.',
  prepare: findRooms,
  async run(tx, input, rooms) {
    const rows = await requestedInstances(tx, input.InstanceIds);
    for (const row of rows) checkStartable(row);
    const stopped = rows.filter((row) => row.state === 'stopped');
    const taken = await takeVcpus(tx, stopped);
    checkRooms(stopped, rooms);
    const addresses = await giveAutomatic(tx, stopped);
    const started = new Map<string, InstanceRow>();
    for (const [at, row] of stopped.entries()) {
      const changes = { ...addresses[at], ...taken, launchedAt: tx.now, transitionReason: '', stateReason: undefined };
      started.set(row.id, await tx.on(instance, row, 'start', changes as Partial<InstanceRow>));
      await tx.start(startInstance, row.id, { id: row.id });
    }
    return { StartingInstances: rows.map((row) => stateChange(row, started.get(row.id) ?? row)) };
  },
});

async function findRooms(cx: Reading, input: StartInstancesRequest): Promise<Rooms> {
  const rooms = new Map<string, number>();
  const ids = input.InstanceIds ?? [];
  if (ids.length === 0) return rooms;
  const items = await cx.reader.items({ kind: instance.kind, region: cx.region, account: cx.account, ids });
  for (const row of items.map((item) => rowOf<InstanceRow>(item))) {
    if (row.state === 'stopped' && !rooms.has(place(row)))
      rooms.set(place(row), await roomIn(cx, row.zone, row.instanceType));
  }
  return rooms;
}

function checkStartable(row: InstanceRow): void {
  if (row.state === 'stopped' || row.state === 'running' || row.state === 'pending') return;
  fail('IncorrectInstanceState', `The instance '${row.id}' is not in a state from which it can be started.`);
}

function checkRooms(stopped: readonly InstanceRow[], rooms: Rooms): void {
  const wanted = new Map<string, number>();
  for (const row of stopped) {
    const count = (wanted.get(place(row)) ?? 0) + 1;
    wanted.set(place(row), count);
    if (count > (rooms.get(place(row)) ?? count)) refuseFull(row.instanceType, row.zone);
  }
}
