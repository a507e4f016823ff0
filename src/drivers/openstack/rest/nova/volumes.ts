import { lookUp, member, remove } from '../reading.ts';
import { type Session, segment } from '../session.ts';

/** A volume at a server. */
export interface VolumeAttachment {
  readonly volumeId: string;
  readonly serverId: string;
  /** Null until Nova has chosen one. */
  readonly device: string | null;
  /** Since 2.79. */
  readonly delete_on_termination?: boolean;
}

const at = (server: string): string => `/servers/${segment(server)}/os-volume_attachments`;

/**
 * Begins to attach; the volume must be `available`. libvirt chooses the device's name itself, whatever is asked.
 * 2.79 only where `delete_on_termination` is asked for. Attaching a volume twice is refused (400 or 409).
 */
export async function attachVolume(
  session: Session,
  server: string,
  volume: { readonly volumeId: string; readonly device?: string; readonly delete_on_termination?: boolean },
  signal?: AbortSignal,
): Promise<VolumeAttachment> {
  const reply = await session.ask({
    service: 'compute',
    method: 'POST',
    path: at(server),
    body: { volumeAttachment: volume },
    ...(volume.delete_on_termination !== undefined && { microversion: '2.79' }),
    signal,
  });
  return member(reply, 'compute', 'volumeAttachment');
}

/** Undefined: there is no such server. 2.79 shows `delete_on_termination`. */
export const volumeAttachments = (
  session: Session,
  server: string,
  signal?: AbortSignal,
): Promise<readonly VolumeAttachment[] | undefined> =>
  lookUp(session, { service: 'compute', path: at(server), microversion: '2.79', signal }, 'volumeAttachments');

export const volumeAttachment = (
  session: Session,
  server: string,
  volume: string,
  signal?: AbortSignal,
): Promise<VolumeAttachment | undefined> =>
  lookUp(
    session,
    { service: 'compute', path: `${at(server)}/${segment(volume)}`, microversion: '2.79', signal },
    'volumeAttachment',
  );

/** Changes whether the volume is deleted with the server (2.85; nothing else can be changed without being administrator). */
export async function updateVolumeAttachment(
  session: Session,
  server: string,
  volume: string,
  deleteOnTermination: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const path = `${at(server)}/${segment(volume)}`;
  const body = { volumeAttachment: { volumeId: volume, delete_on_termination: deleteOnTermination } };
  await session.ask({ service: 'compute', method: 'PUT', path, body, microversion: '2.85', signal });
}

/** Begins to detach. False: it was not attached. A root volume is refused (400 or 403). */
export const detachVolume = (
  session: Session,
  server: string,
  volume: string,
  signal?: AbortSignal,
): Promise<boolean> => remove(session, { service: 'compute', path: `${at(server)}/${segment(volume)}`, signal });
