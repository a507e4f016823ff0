import type { Duplex } from 'node:stream';
import type { Clock } from '../../../../../ports/clock.ts';
import type { TcpSegment } from '../../packets/tcp.ts';

/** A segment of one connection. */
export type Segment = Omit<TcpSegment, 'srcPort' | 'dstPort'>;

export interface ConnectionParts {
  readonly clock: Clock;
  /** Bytes of the largest payload that we take, and send. */
  readonly mss: number;
  /** Bytes that are held at most, in each direction. */
  readonly window: number;
  /** Where our numbers start: nobody can guess it. */
  readonly start: number;
  /** `behind`: not now. `refused`: never again. */
  emit(segment: Segment): 'sent' | 'behind' | 'refused';
  /** Segments of it mean nothing more; the stream may still be read. */
  closed(): void;
}

/** A TCP connection with a machine, as a stream. Emits `connect` when it is open. */
export interface Connection {
  readonly stream: Duplex;
  /** Answers the machine that opened it. To refuse it, destroy the stream. */
  accept(): void;
  receive(segment: Segment): void;
  /** Sends what the segments that came together ask for. */
  flush(): void;
}
