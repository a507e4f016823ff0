import { DriverError } from '../../ports/driver.ts';
import { pages } from './rest/reading.ts';
import type { Session } from './rest/session.ts';
import { troubleOfFault } from './trouble.ts';

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
  throw new DriverError(isFull(why) ? 'no-capacity' : troubleOfFault(why), `${id} has status ${status}: ${why}`);
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
