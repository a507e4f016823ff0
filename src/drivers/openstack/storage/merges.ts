import { timeOf } from '../foreign/machines.ts';
import { isBusy } from '../machines/seen.ts';
import { snapshot, snapshots, volume } from '../rest/cinder.ts';
import { type Server, server } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';

/**
 * Cinder's back ends that keep volumes in files (`remotefs`: NFS and its like) delete a snapshot of an attached volume by
 * having Nova merge it into the disk of the running guest. Where that guest stops in the meantime the merge fails, Cinder
 * leaves the snapshot in `error_deleting`, out of which only an administrator helps it, and its volume cannot be deleted
 * either. So what stops a guest waits for such deletions, and such deletions wait for what Nova does to the guest. In one
 * process both are asked for in the machine's turn (`Records.alone`); several processes may still do it in the same moment.
 */

/** How long a deletion is waited for, in milliseconds: one that takes longer has died. */
const patienceMs = 600_000;

/** Whether a snapshot of a volume at the server is being deleted, whoever wanted that. `now` is in epoch milliseconds. */
export async function isMerging(session: Session, at: Server, now: number, signal?: AbortSignal): Promise<boolean> {
  const disks = new Set((at['os-extended-volumes:volumes_attached'] ?? []).map(({ id }) => id));
  if (disks.size === 0) return false;
  for await (const one of snapshots(session, { status: 'deleting' }, signal)) {
    const since = timeOf(one.updated_at ?? one.created_at);
    if (disks.has(one.volume_id) && since + patienceMs > now) return true;
  }
  return false;
}

/** Nova's ids of the servers that have the volume that a snapshot is of. */
export async function serversOf(session: Session, native: string, signal?: AbortSignal): Promise<readonly string[]> {
  const of = (await snapshot(session, native, signal))?.volume_id;
  const there = of === undefined ? undefined : await volume(session, of, signal);
  return (there?.attachments ?? []).map(({ server_id }) => server_id);
}

/** Whether Nova is at work on a server. */
export async function isServerBusy(session: Session, native: string, signal?: AbortSignal): Promise<boolean> {
  const there = await server(session, native, signal);
  return there !== undefined && isBusy(there);
}
