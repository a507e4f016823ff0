import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const isOpen = (response: ServerResponse): boolean => !response.destroyed;

/**
 * The answers that each connection still owes, in the order of their requests: clients may send several at once.
 * Those that are over are dropped when the next comes: a listener for each would cost as much as reading the request.
 */
export function openAnswers() {
  const open = new WeakMap<Duplex, ServerResponse[]>();
  return {
    add(socket: Duplex, response: ServerResponse): void {
      const owed = open.get(socket);
      if (owed === undefined) open.set(socket, [response]);
      else if (owed.length === 1 && !isOpen(owed[0]!)) owed[0] = response;
      else open.set(socket, [...owed.filter(isOpen), response]);
    },
    of: (socket: Duplex): readonly ServerResponse[] => (open.get(socket) ?? []).filter(isOpen),
  };
}
