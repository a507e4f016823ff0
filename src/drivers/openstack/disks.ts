import type { Call, DiskSpec, Seen } from '../../ports/driver.ts';
import { volume } from './rest/cinder.ts';
import { attachVolume, detachVolume, volumeAttachment } from './rest/nova.ts';
import type { Session } from './rest/session.ts';
import { working } from './seen.ts';

export interface Disks {
  /** Cinder's id of a volume. Throws a DriverError `invalid` when there is none. */
  readonly volumeOf: (volume: string, call: Call) => Promise<string>;
}

/** Attaches a volume to a server, or looks whether that is done. */
export async function attach(
  { volumeOf }: Disks,
  session: Session,
  server: string,
  disk: DiskSpec,
  call: Call,
): Promise<Seen> {
  const native = await volumeOf(disk.volume, call);
  if ((await volumeAttachment(session, server, native, call.signal)) === undefined) {
    await attachVolume(session, server, { volumeId: native, device: disk.device }, call.signal);
    return working;
  }
  return (await volume(session, native, call.signal))?.status === 'in-use' ? { settled: true } : working;
}

/** Detaches a volume from a server, or looks whether that is done. */
export async function detach(
  { volumeOf }: Disks,
  session: Session,
  server: string,
  disk: DiskSpec,
  call: Call,
): Promise<Seen> {
  const native = await volumeOf(disk.volume, call);
  if ((await volumeAttachment(session, server, native, call.signal)) === undefined) return { settled: true };
  if ((await volume(session, native, call.signal))?.status === 'in-use')
    await detachVolume(session, server, native, call.signal);
  return working;
}
