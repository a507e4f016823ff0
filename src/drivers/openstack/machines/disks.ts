import type { Call, DiskSpec, Seen } from '../../../ports/driver.ts';
import { volume } from '../rest/cinder.ts';
import { attachVolume, detachVolume, volumeAttachment } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';
import { OpenStackError } from '../trouble.ts';
import { working } from './seen.ts';

export interface Disks {
  /** Cinder's id of a volume. Throws a DriverError `invalid` when there is none. */
  readonly volumeOf: (volume: string, call: Call) => Promise<string>;
}

/** A volume, and whether it is at the server. */
async function stateAt({ volumeOf }: Disks, session: Session, server: string, disk: DiskSpec, call: Call) {
  const native = await volumeOf(disk.volume, call);
  return { native, there: (await volumeAttachment(session, server, native, call.signal)) !== undefined };
}

const inUse = async (session: Session, native: string, { signal }: Call): Promise<boolean> =>
  (await volume(session, native, signal))?.status === 'in-use';

/** Attaches a volume to a server, or looks whether that is done. */
export async function attach(
  disks: Disks,
  session: Session,
  server: string,
  disk: DiskSpec,
  call: Call,
): Promise<Seen> {
  const { native, there } = await stateAt(disks, session, server, disk, call);
  if (there) return (await inUse(session, native, call)) ? { settled: true } : working;
  await attachVolume(session, server, { volumeId: native, device: disk.device }, call.signal);
  return working;
}

/** Detaches a volume from a server, or looks whether that is done. */
export async function detach(
  disks: Disks,
  session: Session,
  server: string,
  disk: DiskSpec,
  call: Call,
): Promise<Seen> {
  const { native, there } = await stateAt(disks, session, server, disk, call);
  if (!there) return { settled: true };
  if (await inUse(session, native, call)) await ask(session, server, native, call);
  return working;
}

/**
 * Nova says 400 to whoever asks for what it is about already: an answer that was lost made us ask again. What is at work ends
 * by itself; a volume that stays in use is one that Nova does not detach.
 */
async function ask(session: Session, server: string, native: string, call: Call): Promise<void> {
  try {
    await detachVolume(session, server, native, call.signal);
  } catch (error) {
    const isRefusal = error instanceof OpenStackError && error.facts.status === 400;
    if (!isRefusal || (await inUse(session, native, call))) throw error;
  }
}
