import { connect } from 'node:net';
import type { Log } from '../../../../ports/log.ts';
import type { Port } from '../../network/plane.ts';
import { join } from './join.ts';
import type { AskedFlow } from './tcp/flows.ts';

/** Port of the metadata service. */
const http = 80;

/** A flow to 169.254.169.254 goes to the socket of its port, behind a line that says whose it is; without one it is refused. */
export function endAtMetadata({ stream, accept, sides }: AskedFlow, port: Port, log: Log): void {
  if (port.metadata === undefined || sides.remotePort !== http) {
    stream.destroy();
    return;
  }
  const socket = connect({ path: port.metadata, allowHalfOpen: true });
  stream.once('close', () => {
    if (socket.connecting) socket.destroy();
  });
  socket.on('error', (error) => {
    log.debug({ port: port.id, err: error }, 'a machine asked for metadata, and nobody serves it');
    stream.destroy();
  });
  socket.once('connect', () => {
    socket.write(`${port.machine}\n`);
    accept();
    join(stream, socket, () => socket.destroy());
  });
}
