import { DriverError, type Health, type SeenMachine } from '../../../ports/driver.ts';
import type { Server, ServerAction } from '../rest/nova.ts';
import { aboutOfFault, troubleOfFault } from '../trouble.ts';

/** When to look again at what the cloud is at work on, in milliseconds. */
export const lookAgainMs = 400;

export const working = { settled: false, lookAgainMs } as const;

/** A server that Nova still shows, though it is gone for its user. */
export const isGone = ({ status }: Server): boolean => status === 'DELETED' || status === 'SOFT_DELETED';

const running = 1;
const shutDown = 4;

/** How long after it has begun Nova is looked at again: a tenth of the time that the work takes already, in milliseconds. */
const looks = { part: 10, soonest: 200, latest: 3_000 } as const;

/** What the cloud is at work on since a time, in epoch milliseconds: what takes long is looked at less often. */
function workingSince(since: number, now: number): { readonly settled: false; readonly lookAgainMs: number } {
  const wait = Math.round((now - since) / looks.part);
  // Not a number where Nova does not say it.
  return { settled: false, lookAgainMs: wait > looks.soonest ? Math.min(looks.latest, wait) : looks.soonest };
}

/** What Nova says of a server at a time (epoch milliseconds). One whose cell is down is UNKNOWN: nobody can tell. */
export function seenOf(server: Server, now: number): SeenMachine {
  const { status } = server;
  if (status === 'UNKNOWN') throw new DriverError('unavailable', `the cell of server ${server.id} is down`);
  const busy = server['OS-EXT-STS:task_state'] ?? null;
  if (status === 'BUILD' || busy !== null) {
    const since = Date.parse((status === 'BUILD' ? server.created : server.updated) ?? '');
    return { ...workingSince(since, now), power: isStopped(server) ? 'off' : 'on' };
  }
  if (status === 'ERROR') {
    const power = server['OS-EXT-STS:power_state'] === running ? 'on' : 'off';
    return { settled: true, power, note: faultOf(server) };
  }
  return { settled: true, power: isOff(server) ? 'off' : 'on' };
}

/** States in which nothing of the server is in memory. */
const offStates: ReadonlySet<string> = new Set(['SHUTOFF', 'SHELVED', 'SHELVED_OFFLOADED', 'SUSPENDED']);

/** Whether nothing of the server is in memory. */
export const isOff = (server: Server): boolean => offStates.has(server.status) || isStopped(server);

/** Whether it was switched off; one that is resized, or was and waits for somebody to confirm it, stays as it was. */
function isStopped(server: Server): boolean {
  if (server.status === 'SHUTOFF' || server['OS-EXT-STS:vm_state'] === 'stopped') return true;
  return server['OS-EXT-STS:vm_state'] === 'resized' && server['OS-EXT-STS:power_state'] === shutDown;
}

/**
 * What brings a server that is off to life: others may have put it to sleep in other ways than we do, and one that failed
 * is only rebooted by Nova. Throws where it never lived.
 */
export function wakingOf(server: Server): ServerAction {
  const { status } = server;
  if (status === 'SUSPENDED') return { resume: null };
  if (status === 'ERROR') {
    refuseFailed(server);
    return { reboot: { type: 'HARD' } };
  }
  return status.startsWith('SHELVED') ? { unshelve: null } : { 'os-start': null };
}

/** Whether Nova is at work on a server. */
export const isBusy = (server: Server): boolean => !seenOf(server, 0).settled;

/** The next thing to do to switch a server off: Nova stops none that others have paused. */
export const haltingOf = ({ status }: Server): ServerAction =>
  status === 'PAUSED' ? { unpause: null } : { 'os-stop': null };

/** Nova asks only the guest of a server that is wholly well; one that others rescue boots from its own disk again. */
export function rebootingOf({ status }: Server): ServerAction {
  if (status === 'RESCUE') return { unrescue: null };
  return { reboot: { type: status === 'ACTIVE' ? 'SOFT' : 'HARD' } };
}

/** Throws when the making of a server failed; what failed later is another matter. */
export function refuseFailed(server: Server): void {
  if (server.status !== 'ERROR' || server['OS-SRV-USG:launched_at']) return;
  const fault = faultOf(server);
  throw new DriverError(troubleOfFault(fault), `server ${server.id} failed: ${fault}`, { about: aboutOfFault(fault) });
}

const faultOf = ({ fault }: Server): string => fault?.message ?? 'the cloud does not say why';

export function healthOf(server: Server): { readonly system: Health; readonly instance: Health } {
  const both = (health: Health) => ({ system: health, instance: health });
  if (server.status === 'ERROR') return both('impaired');
  if (server.status === 'BUILD') return both('initializing');
  const { power } = seenOf(server, 0);
  return both(power === 'on' ? 'ok' : 'not-applicable');
}
