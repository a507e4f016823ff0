import { DriverError } from '../../../ports/driver.ts';
import { snapshot } from '../rest/cinder.ts';
import { pages } from '../rest/reading.ts';
import type { Session } from '../rest/session.ts';
import { aboutOfFault, OpenStackError, troubleOfFault } from '../trouble.ts';

interface Message {
  readonly user_message: string;
}

/** Throws when the making of a volume or a snapshot failed, with Cinder's reason; says `conflict` of one that goes. */
export async function refuseFailed(
  session: Session,
  id: string,
  { id: native, status }: { readonly id: string; readonly status: string },
  signal: AbortSignal,
): Promise<void> {
  if (status === 'deleting') throw new DriverError('conflict', `${id} is being deleted`);
  if (!status.startsWith('error')) return;
  const why = (await reasonOf(session, native, signal)) ?? 'the cloud does not say why';
  const trouble = isFull(why) ? 'no-capacity' : troubleOfFault(why);
  const about = aboutOfFault(why) && 'volume-quota';
  throw new DriverError(trouble, `${id} has status ${status}: ${why}`, { about });
}

/**
 * Makes something of a snapshot (Cinder's id). Of one that is still being taken, `conflict`: an image of a server with
 * volumes is active in Glance before its snapshots are there. So of one that is there by now, when Cinder refused its state.
 */
export async function ofSnapshot<T>(
  session: Session,
  source: string | undefined,
  make: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (source === undefined || !(error instanceof OpenStackError) || error.facts.status !== 400) throw error;
    const status = (await snapshot(session, source, signal))?.status;
    const wasTaken = status === 'available' && /snapshot status must be/i.test(error.message);
    if (status !== 'creating' && !wasTaken) throw error;
    throw new DriverError('conflict', `the snapshot ${source} is still being taken`, { cause: error });
  }
}

/** Cinder tells users why something failed in messages of their own, since 3.3; filters came with 3.5. The newest first. */
async function reasonOf(session: Session, native: string, signal: AbortSignal): Promise<string | undefined> {
  const query = { resource_uuid: native, sort: 'created_at:desc', limit: 1 };
  const ask = { service: 'block-storage', path: '/messages', query, microversion: '3.5', signal } as const;
  for await (const { user_message } of pages<Message>(session, ask, 'messages')) return user_message;
  return undefined;
}

/** The scheduler's words when no back end has room (cinder.message.message_field). */
const isFull = (message: string): boolean => /available weighted backend|not enough (storage )?space/i.test(message);
