import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The answers that each connection still owes, in the order of their requests: clients may send several at once. */
export function openAnswers() {
  const open = new WeakMap<Duplex, Set<ServerResponse>>();
  return {
    add(socket: Duplex, response: ServerResponse): void {
      const owed = open.get(socket) ?? new Set();
      open.set(socket, owed);
      owed.add(response);
      response.once('close', () => owed.delete(response));
    },
    of: (socket: Duplex): readonly ServerResponse[] => [...(open.get(socket) ?? [])],
  };
}
