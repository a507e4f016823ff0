import type { Socket } from 'node:net';
import { type Ip, ipOf, needIp } from '../packets/addresses.ts';
import { join } from './join.ts';
import type { TcpFlows } from './tcp/flows.ts';

/**
 * What a machine sees of a client that is on the host's loopback network, which no machine would answer: an address for
 * documentation (RFC 5737), so that nobody else has it.
 */
export const hostSeenAs: Ip = needIp('203.0.113.1');

/** Joins a connection of the host with a flow that is opened to a machine. Its rules decide; without one it is reset. */
export function arrive(socket: Socket, flows: TcpFlows | undefined, localIp: Ip | undefined, localPort: number): void {
  const stream = localIp === undefined ? undefined : openFlow(flows, socket, localIp, localPort);
  if (stream === undefined) {
    socket.resetAndDestroy();
    return;
  }
  stream.on('error', () => socket.resetAndDestroy());
  socket.once('close', () => {
    if (!stream.readableEnded) stream.destroy();
  });
  stream.once('connect', () => join(stream, socket, () => socket.resetAndDestroy()));
}

/** Ports that are tried when another flow has the client's own. */
const tries = 64;

/** A flow to a machine, from where the client is, or from where a client on the host is seen. */
function openFlow(flows: TcpFlows | undefined, socket: Socket, localIp: Ip, localPort: number) {
  const from = ipOf(socket.remoteAddress ?? '') ?? hostSeenAs;
  const remoteIp = from >>> 24 === 127 ? hostSeenAs : from;
  let remotePort = socket.remotePort ?? 1;
  for (let tried = 0; tried < tries; tried += 1) {
    const stream = flows?.open({ localIp, localPort, remoteIp, remotePort });
    if (stream !== undefined) return stream;
    remotePort = remotePort === 0xffff ? 1_024 : remotePort + 1;
  }
  return undefined;
}
