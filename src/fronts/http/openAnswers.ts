import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const isOpen = (response: ServerResponse): boolean => !response.destroyed;

/** Answers of a connection; those that are over are dropped when there are `full` of them. */
interface Owed {
  list: ServerResponse[];
  full: number;
}

const least = 16;

/**
 * The answers that each connection still owes, in the order of their requests: clients may send several at once.
 * Those that are over are dropped now and then, when another comes: a listener for each would cost as much as reading the
 * request, and to look at all each time, with thousands on one connection, the square of that.
 */
export function openAnswers() {
  const open = new WeakMap<Duplex, Owed>();
  return {
    add(socket: Duplex, response: ServerResponse): void {
      const owed = open.get(socket);
      if (owed === undefined) {
        open.set(socket, { list: [response], full: least });
        return;
      }
      if (owed.list.length === 1 && !isOpen(owed.list[0]!)) owed.list.length = 0;
      if (owed.list.length >= owed.full) {
        owed.list = owed.list.filter(isOpen);
        owed.full = Math.max(least, 2 * owed.list.length);
      }
      owed.list.push(response);
    },
    of: (socket: Duplex): readonly ServerResponse[] => (open.get(socket)?.list ?? []).filter(isOpen),
  };
}
