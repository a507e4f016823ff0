import { connect, type Socket } from 'node:net';
import type { Log } from '../../../../ports/log.ts';
import type { Port } from '../../network/plane.ts';
import { join } from './join.ts';
import type { AskedFlow } from './tcp/flows.ts';

/** Port of the metadata service. */
const http = 80;

/** A flow to 169.254.169.254 goes to the socket of its port, behind a line that says whose it is; without one it is refused. */
export function endAtMetadata({ stream, accept, sides, limitHops }: AskedFlow, port: Port, log: Log): void {
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
    const { tokenHops } = port;
    if (tokenHops !== undefined) onToken(socket, () => limitHops(tokenHops));
    join(stream, socket, () => socket.destroy());
  });
}

/** What an answer with a token says, and no guest can change or cut. */
const mark = 'x-aws-ec2-metadata-token-ttl-seconds:';

/**
 * Tells, before the answer goes on, that there is a token in it. What came before on the connection is not kept, so that the
 * flow stays as it is from then on: what was lost on its way is sent again, and must not go farther than at first.
 */
function onToken(socket: Socket, tell: () => void): void {
  let before = '';
  const look = (chunk: Buffer): void => {
    const text = before + chunk.toString('latin1').toLowerCase();
    // A chunk may end anywhere.
    before = text.slice(-mark.length);
    if (!text.includes(mark)) return;
    socket.off('data', look);
    tell();
  };
  socket.on('data', look);
}
