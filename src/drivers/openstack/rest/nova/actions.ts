import { member, pages } from '../reading.ts';
import { type Session, segment } from '../session.ts';

/** What a server can be told to do (`POST /servers/ID/action`) that answers nothing. */
export type ServerAction =
  | { readonly 'os-start': null }
  | { readonly 'os-stop': null }
  | { readonly resume: null }
  | { readonly unpause: null }
  | { readonly unshelve: null }
  | { readonly unrescue: null }
  | { readonly resize: { readonly flavorRef: string } }
  | { readonly confirmResize: null }
  | { readonly revertResize: null }
  | { readonly reboot: { readonly type: 'SOFT' | 'HARD' } };

/**
 * Accepted, not done. A state that does not allow it is trouble `conflict` (409). Not repeated when the answer is lost:
 * a second reboot would reboot again, and a second start or stop is a conflict.
 */
export async function serverAction(
  session: Session,
  id: string,
  action: ServerAction,
  signal?: AbortSignal,
): Promise<void> {
  const path = `/servers/${segment(id)}/action`;
  await session.ask({ service: 'compute', method: 'POST', path, body: action, signal });
}

/**
 * Begins an image of a server; of a volume-backed one, snapshots of its volumes and an image that names them.
 * Answers the image's id, which Glance knows at once (2.45 says it in the body, before it was in a header).
 */
export async function createServerImage(
  session: Session,
  id: string,
  image: { readonly name: string; readonly metadata?: Readonly<Record<string, string>> },
  signal?: AbortSignal,
): Promise<string> {
  const path = `/servers/${segment(id)}/action`;
  const body = { createImage: image };
  const reply = await session.ask({ service: 'compute', method: 'POST', path, body, microversion: '2.45', signal });
  return member(reply, 'compute', 'image_id');
}

/** What the server wrote on its console; the last `lines` of it, or as much as the hypervisor keeps. */
export async function consoleOutput(
  session: Session,
  id: string,
  lines?: number,
  signal?: AbortSignal,
): Promise<string> {
  const path = `/servers/${segment(id)}/action`;
  const body = { 'os-getConsoleOutput': lines === undefined ? {} : { length: lines } };
  // It only reads.
  const reply = await session.ask({ service: 'compute', method: 'POST', path, body, safe: true, signal });
  return member(reply, 'compute', 'output');
}

/** Something that was done to a server, by whom, and whether it failed (`message` is then `Error`). */
export interface InstanceAction {
  /** create, stop, attach_volume, … */
  readonly action: string;
  readonly request_id: string;
  readonly start_time: string;
  readonly updated_at?: string;
  readonly message?: string | null;
  readonly user_id?: string;
}

export interface InstanceActionEvents extends InstanceAction {
  /** Absent where a policy hides them. */
  readonly events?: readonly {
    readonly event: string;
    readonly start_time: string;
    readonly finish_time?: string | null;
    /** `Success`, `Error`, or null while it goes on. */
    readonly result?: string | null;
    /** Why it failed, as in a server's fault. */
    readonly details?: string | null;
  }[];
}

/** The newest first; of deleted servers too (2.21). 2.58 for pages and the time of the last change. */
export const instanceActions = (session: Session, id: string, signal?: AbortSignal): AsyncIterable<InstanceAction> =>
  pages(
    session,
    { service: 'compute', path: `/servers/${segment(id)}/os-instance-actions`, microversion: '2.58', signal },
    'instanceActions',
  );

/** One action with its events. 2.51 shows them to users at all, 2.84 says why one failed. */
export async function instanceAction(
  session: Session,
  id: string,
  requestId: string,
  signal?: AbortSignal,
): Promise<InstanceActionEvents> {
  const path = `/servers/${segment(id)}/os-instance-actions/${segment(requestId)}`;
  const reply = await session.ask({ service: 'compute', method: 'GET', path, microversion: '2.84', signal });
  return member(reply, 'compute', 'instanceAction');
}
