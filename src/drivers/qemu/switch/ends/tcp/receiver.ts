import { flags, type TcpSegment } from '../../packets/tcp.ts';
import { createBytes } from './bytes.ts';
import { distance, later } from './sequence.ts';

/** The other direction of a connection: what came in order, until it is read. */
export class Receiver {
  readonly #held = createBytes();
  readonly #most: number;
  readonly #push: (piece: Buffer | null) => void;
  #wanted = false;
  /** The number of the byte that is expected. */
  expected: number;
  /** Nothing follows. */
  ended = false;

  /** `first` is the number of the first byte; at most `most` bytes are held. */
  constructor(first: number, most: number, push: (piece: Buffer | null) => void) {
    this.expected = first;
    this.#most = most;
    this.#push = push;
  }

  /** Bytes that there is room for. */
  get room(): number {
    return Math.max(0, this.#most - this.#held.length);
  }

  /**
   * Takes what is new of a segment, as far as there is room. What comes too early is dropped: it comes again. `odd`: nothing
   * of it is what is expected, and the sender has to hear what is.
   */
  take({ seq, flags: set, payload }: Pick<TcpSegment, 'seq' | 'flags' | 'payload'>): 'took' | 'nothing' | 'odd' {
    const had = distance(seq, this.expected);
    const length = payload.length + ((set & flags.fin) !== 0 ? 1 : 0);
    if (length === 0 && had === 0) return 'nothing';
    if (had < 0 || had >= length || this.ended) return 'odd';
    const fresh = payload.subarray(had);
    const taken = fresh.subarray(0, this.room);
    this.#held.append(taken);
    this.expected = later(this.expected, taken.length);
    if (length > payload.length && taken.length === fresh.length) {
      this.ended = true;
      this.expected = later(this.expected, 1);
    }
    this.#feed();
    return 'took';
  }

  /** The reader wants a piece. */
  read(): void {
    this.#wanted = true;
    this.#feed();
  }

  #feed(): void {
    if (!this.#wanted) return;
    const piece = this.#held.shift();
    if (piece === undefined && !this.ended) return;
    this.#wanted = false;
    this.#push(piece ?? null);
  }
}
