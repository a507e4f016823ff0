import { rm } from 'node:fs/promises';
import type { Clock } from '../../../ports/clock.ts';
import { DriverError } from '../../../ports/driver.ts';
import { dropNodes, nodesOf } from '../disks/nodes.ts';
import { wireOf } from '../folders.ts';
import { type Qmp, QmpError } from '../qmp/qmp.ts';
import {
  blockNode,
  deviceOf,
  diskDevice,
  type NewInterface,
  netdevOf,
  nicDevice,
  ports,
  thingOf,
} from './commandLine.ts';

/** How long one call waits for a guest to let a device go, in milliseconds; it is asked again by the next. */
const letGoMs = 1_500;

/** What is plugged into a machine that runs: QEMU itself tells, so that nothing has to be kept of it. */
async function pluggedIn(qmp: Qmp): Promise<ReadonlyMap<string, number>> {
  const there = await qmp.execute('qom-list', { path: '/machine/peripheral' });
  const things = there.flatMap(({ name }) => thingOf(name) ?? []);
  return new Map(things.map(({ thing, port }) => [thing, port]));
}

/** Plugs a volume in. Safe to repeat. */
export async function plugIn(qmp: Qmp, volume: string, file: string): Promise<void> {
  const there = await pluggedIn(qmp);
  if (there.has(volume)) return;
  const port = freePort(there);
  if ((await nodesOf(qmp, volume)).length === 0) await plugged(qmp.execute('blockdev-add', blockNode(volume, file)));
  await plugged(qmp.execute('device_add', diskDevice(volume, port)));
}

function freePort(there: ReadonlyMap<string, number>): number {
  const taken = new Set(there.values());
  const port = Array.from({ length: ports }, (_, at) => at).find((at) => !taken.has(at));
  if (port === undefined) throw new DriverError('invalid', `the machine has no room for another device`);
  return port;
}

/** Plugs a network interface in, whose socket for the switch is in the machine's folder. Safe to repeat. */
export async function plugInInterface(qmp: Qmp, nic: NewInterface, folder: string): Promise<void> {
  const there = await pluggedIn(qmp);
  if (there.has(nic.id)) return;
  const port = freePort(there);
  // What is left of a try that was cut off.
  await dropNetdev(qmp, nic.id);
  await rm(wireOf(folder, nic.id), { force: true });
  await plugged(qmp.execute('netdev_add', netdevOf(nic.id, folder)));
  await plugged(qmp.execute('device_add', nicDevice(nic, port)));
}

/** Asks the guest to let an interface go; true when it has, and nothing is left of it. */
export async function pullOutInterface(qmp: Qmp, eni: string): Promise<boolean> {
  const port = (await pluggedIn(qmp)).get(eni);
  if (port !== undefined && !(await letGo(qmp, deviceOf(eni, port)))) return false;
  await dropNetdev(qmp, eni);
  return true;
}

async function dropNetdev(qmp: Qmp, eni: string): Promise<void> {
  try {
    await qmp.execute('netdev_del', { id: eni });
  } catch (error) {
    if (!(error instanceof QmpError) || !/not found/i.test(error.message)) throw error;
  }
}

/**
 * Asks the guest to let a volume go; true when it has, and nobody has the file open any more. A guest that has not booted yet
 * does not answer.
 */
export async function pullOut(qmp: Qmp, volume: string, clock: Clock): Promise<boolean> {
  const port = (await pluggedIn(qmp)).get(volume);
  if (port !== undefined && !(await letGo(qmp, deviceOf(volume, port)))) return false;
  await dropNodes(qmp, volume, clock);
  return true;
}

async function letGo(qmp: Qmp, device: string): Promise<boolean> {
  const gone = qmp
    .once(({ event, data }) => event === 'DEVICE_DELETED' && data.device === device, letGoMs)
    .then(
      () => true,
      () => false,
    );
  try {
    await qmp.execute('device_del', { id: device });
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    // It is gone already, or being let go since the last time.
    if (error.class === 'DeviceNotFound') return true;
    if (!/in the process of unplug|pending/.test(error.message)) throw new DriverError('conflict', error.message);
  }
  return gone;
}

/** What cannot be plugged in is in somebody's way. */
async function plugged(command: Promise<unknown>): Promise<void> {
  try {
    await command;
  } catch (error) {
    if (error instanceof QmpError) throw new DriverError('conflict', error.message, { cause: error });
    throw error;
  }
}
