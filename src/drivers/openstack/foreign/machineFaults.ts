import { type Server, server } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';

/** Why a server cannot be used, where Nova says that it cannot: it does so only of one server at a time. */
export type FaultOf = (session: Session, one: Server, signal: AbortSignal) => Promise<string | undefined>;

/** Faults that are remembered. */
const most = 10_000;

/** Asks once for each time that a server changed. */
export function createFaults(): FaultOf {
  const known = new Map<string, { readonly updated: string | undefined; readonly message: string }>();
  return async (session, { id, status, updated }, signal) => {
    if (status !== 'ERROR') return undefined;
    const before = known.get(id);
    if (before !== undefined && before.updated === updated) return before.message;
    const message = (await server(session, id, signal))?.fault?.message ?? 'the cloud does not say why';
    if (known.size > most) known.clear();
    known.set(id, { updated, message });
    return message;
  };
}
