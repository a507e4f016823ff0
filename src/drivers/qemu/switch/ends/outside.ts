import { connect } from 'node:net';
import type { Clock } from '../../../../ports/clock.ts';
import type { Log } from '../../../../ports/log.ts';
import { ipText } from '../packets/addresses.ts';
import { join } from './join.ts';
import type { Refuses } from './refused.ts';
import type { AskedFlow } from './tcp/flows.ts';

export interface OutsideParts {
  readonly clock: Clock;
  readonly refuses: Refuses;
  readonly log: Log;
}

const connectMs = 30_000;

/** A flow to outside is a connection of the host. The machine is answered when the other side did; refused when it is, or may not be reached. */
export function endOutside({ stream, accept, sides }: AskedFlow, { clock, refuses, log }: OutsideParts): void {
  if (refuses(sides.remoteIp) || sides.remotePort === 0) {
    stream.destroy();
    return;
  }
  const socket = connect({ host: ipText(sides.remoteIp), port: sides.remotePort, allowHalfOpen: true, noDelay: true });
  const timer = clock.at(clock.now() + connectMs, () => socket.destroy(new Error('no answer')));
  socket.on('error', (error) => {
    log.debug({ err: error }, 'a machine asked for somebody outside who does not answer');
    timer.cancel();
    stream.destroy();
  });
  stream.once('close', () => {
    timer.cancel();
    if (socket.connecting) socket.destroy();
  });
  socket.once('connect', () => {
    timer.cancel();
    accept();
    join(stream, socket, () => socket.resetAndDestroy());
  });
}
