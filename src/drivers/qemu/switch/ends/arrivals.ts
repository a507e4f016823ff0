import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Ip } from '../packets/addresses.ts';
import { join } from './join.ts';
import { portsFrom, seenAs } from './seenAs.ts';
import type { TcpFlows } from './tcp/flows.ts';

/** Joins a connection of the host with a flow that is opened to a machine. Its rules decide; without one it is reset. */
export function arrive(socket: Socket, flows: TcpFlows | undefined, localIp: Ip | undefined, localPort: number): void {
  const { remoteAddress, remotePort = 1 } = socket;
  const to = localIp === undefined ? undefined : { ip: localIp, port: localPort };
  const stream = to && openFlow(flows, { ip: seenAs(remoteAddress), port: remotePort }, to);
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

interface Side {
  readonly ip: Ip;
  readonly port: number;
}

/** A flow to a machine, from where a client is seen: from its own port, or one that nobody else has. Undefined: none is to be had. */
export function openFlow(flows: TcpFlows | undefined, from: Side, to: Side): Duplex | undefined {
  for (const remotePort of portsFrom(from.port)) {
    const stream = flows?.open({ localIp: to.ip, localPort: to.port, remoteIp: from.ip, remotePort });
    if (stream !== undefined) return stream;
  }
  return undefined;
}
