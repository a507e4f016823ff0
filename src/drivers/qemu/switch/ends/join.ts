import type { Duplex } from 'node:stream';

/**
 * Pipes a flow of a machine and a socket of the host, or another flow, into each other. A direction that ends, ends there too; where
 * one breaks off, so does the other: the machine is reset, and the socket is told by `reset`. Both have somebody who hears their errors.
 */
export function join(flow: Duplex, socket: Duplex, reset: () => void): void {
  flow.pipe(socket);
  socket.pipe(flow);
  flow.once('close', () => {
    if (!whole(flow)) reset();
  });
  socket.once('close', () => {
    if (!whole(socket)) flow.destroy();
  });
}

const whole = (stream: Duplex): boolean => stream.readableEnded && stream.writableFinished;
