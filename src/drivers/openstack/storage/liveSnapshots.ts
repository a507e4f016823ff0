import type { Call } from '../../../ports/driver.ts';
import { isBusy } from '../machines/seen.ts';
import type { MachineRecord } from '../machines/servers.ts';
import type { Natives } from '../natives.ts';
import type { Records } from '../records.ts';
import { snapshots, volume } from '../rest/cinder.ts';
import { type Server, server } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';
import { timeOf } from '../rest/time.ts';

/**
 * Cinder's back ends that keep volumes in files (`remotefs`: NFS and its like) leave it to Nova to take a snapshot of an
 * attached volume, and to merge it into the disk when it is deleted, while the guest runs. Where the guest stops in the
 * meantime, or Nova is at work on it, that fails: the new snapshot is in `error`, or the deleted one in `error_deleting`,
 * out of which only an administrator helps it, and its volume cannot be deleted either. So what stops a guest waits for
 * snapshots, and they wait for what Nova does to the guest. In one process both are asked for in the machine's turn
 * (`Records.alone`); several processes may still do it in the same moment.
 */

/** How long a snapshot is waited for, in milliseconds: one that takes longer has died. */
const patienceMs = 600_000;

const underWay = ['creating', 'deleting'] as const;

/**
 * Whether a snapshot of a volume at the server is being made or deleted, whoever wanted that. `now` is in epoch
 * milliseconds.
 */
export async function isSnapshotting(session: Session, at: Server, now: number, signal?: AbortSignal) {
  const disks = new Set((at['os-extended-volumes:volumes_attached'] ?? []).map(({ id }) => id));
  if (disks.size === 0) return false;
  for (const status of underWay) {
    for await (const one of snapshots(session, { status }, signal)) {
      const since = timeOf(one.updated_at ?? one.created_at);
      if (disks.has(one.volume_id) && since + patienceMs > now) return true;
    }
  }
  return false;
}

/** Nova's ids of the servers that have a volume, which is given by Cinder's id. */
export async function serversOf(session: Session, native: string, signal?: AbortSignal): Promise<readonly string[]> {
  return ((await volume(session, native, signal))?.attachments ?? []).map(({ server_id }) => server_id);
}

/** Whether Nova is at work on a server. */
export async function isServerBusy(session: Session, native: string, signal?: AbortSignal): Promise<boolean> {
  const there = await server(session, native, signal);
  return there !== undefined && isBusy(there);
}

/** The turns of machines, and which machine a server of Nova's is. */
export type MachineTurns = Pick<Records<MachineRecord>, 'alone'> & Natives;

/**
 * Does something to a snapshot of a volume (Cinder's id) in the turn of the machine that has the volume; undefined where
 * Nova is at work on that: then it is to be tried again.
 */
export async function whenServerRests<T>(
  session: Session,
  machines: MachineTurns,
  volume: string,
  call: Call,
  work: () => Promise<T>,
): Promise<T | undefined> {
  // We attach no volume to several.
  const [server] = await serversOf(session, volume, call.signal);
  if (server === undefined) return work();
  const machine = (await machines.idOf(server, call)) ?? server;
  return machines.alone(machine, call, async () =>
    (await isServerBusy(session, server, call.signal)) ? undefined : work(),
  );
}
