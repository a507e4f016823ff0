import { DriverError, type Health } from '../../../ports/driver.ts';
import type { SeenPort } from '../network/plane.ts';
import type { Doing } from './connections.ts';
import type { MachineRecord } from './record.ts';

/** How long a guest has until its network must have been heard of, in milliseconds. */
export const graceMs = 5 * 60_000;

/** The network asks silent guests for their address every few seconds: one that was not heard of for so long hangs. Milliseconds. */
const silentMs = 90_000;

/**
 * What the status checks of a machine find. System: its QEMU is there and answers. Instance: its first interface speaks
 * with its address.
 */
export async function healthOf(
  record: MachineRecord,
  doing: () => Promise<Doing>,
  ports: () => Promise<ReadonlyMap<string, SeenPort> | undefined>,
  now: number,
): Promise<{ readonly system: Health; readonly instance: Health }> {
  if (record.wanted === 'off' || record.ended !== undefined || record.goingSince !== undefined)
    return { system: 'not-applicable', instance: 'not-applicable' };
  if (!record.started || record.starting) return { system: 'initializing', instance: 'initializing' };
  const does = await doing().catch((error: unknown) => {
    if (error instanceof DriverError && error.trouble === 'unavailable') return 'mute' as const;
    throw error;
  });
  if (does === 'mute' || does === 'gone') return { system: 'impaired', instance: 'insufficient-data' };
  if (does === 'broken') return { system: 'ok', instance: 'impaired' };
  return { system: 'ok', instance: await heard(record, ports, now) };
}

async function heard(
  { spec, bootedAt = 0 }: MachineRecord,
  ports: () => Promise<ReadonlyMap<string, SeenPort> | undefined>,
  now: number,
): Promise<Health> {
  const [primary] = spec.interfaces;
  const seen = await ports();
  if (seen === undefined || primary === undefined) return 'insufficient-data';
  const port = seen.get(primary.id);
  const last = Math.max(port?.leasedAt ?? 0, port?.heardAt ?? 0);
  if (port?.up && last >= Math.max(bootedAt, now - silentMs)) return 'ok';
  // Once it has been heard of, it is not starting any more.
  return last < bootedAt && now < bootedAt + graceMs ? 'initializing' : 'impaired';
}
