import { flags } from '../../packets/tcp.ts';
import { createBytes } from './bytes.ts';
import { distance, later } from './sequence.ts';

export interface SenderParts {
  /** The number of the first byte. */
  readonly start: number;
  /** Bytes of the largest payload that the other side takes. */
  readonly mss: number;
  /** Bytes that the other side takes at first. */
  readonly window: number;
  now(): number;
  /** False: not now. */
  emit(seq: number, flags: number, payload: Buffer): boolean;
}

/** Milliseconds: until what was not acknowledged is sent again, at first and at most; until a wire that is behind is tried again. */
const firstAgainMs = 500;
const lastAgainMs = 8_000;
const behindMs = 10;
/** Milliseconds without progress after which the other side is gone, and after which one that takes nothing has had its chance. */
const goneMs = 120_000;
const stalledMs = 600_000;
/** Acknowledgements of the same byte that tell that the one behind it was lost. */
const duplicates = 3;

/** One direction of a connection: what is still to be sent, or to be acknowledged. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #held = createBytes();
  /** The number of the first byte that is not acknowledged. */
  #first: number;
  /** Bytes behind it that are under way, and that ever were. */
  #sent = 0;
  #most = 0;
  #window: number;
  /** Of the segment that told the window. */
  #windowSeq: number | undefined;
  /** The wire did not take all that may be sent. */
  #behind = false;
  #finishing = false;
  #finished = false;
  #duplicates = 0;
  /** Bytes from the first to what was under way when a loss was seen: acknowledgements before that tell of further losses. */
  #recovering = 0;
  #again = firstAgainMs;
  #progressAt: number;
  /** When to look again; undefined: nothing is waited for. */
  due: number | undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#first = parts.start;
    this.#window = parts.window;
    this.#progressAt = parts.now();
  }

  /** Bytes that are not acknowledged. */
  get held(): number {
    return this.#held.length;
  }

  /** The end was acknowledged. */
  get finished(): boolean {
    return this.#finished;
  }

  /** The number of what is sent next. */
  get next(): number {
    return later(this.#first, this.#sent);
  }

  append(piece: Buffer): void {
    if (this.#total === 0) this.#progressAt = this.#parts.now();
    this.#held.append(piece);
  }

  /** Nothing follows what was appended. */
  finish(): void {
    if (this.#total === 0) this.#progressAt = this.#parts.now();
    this.#finishing = true;
  }

  /** What the other side says it has, and takes. False: it cannot have that. */
  acknowledge(seq: number, ack: number, window: number, bare: boolean): boolean {
    const fresh = distance(this.#first, ack);
    if (fresh > this.#most) return false;
    if (fresh < 0) return true;
    const opened = this.#learn(seq, window);
    if (fresh > 0) this.#advance(fresh);
    else if (bare && !opened && this.#sent > 0) this.#duplicate();
    return true;
  }

  /** Sends what may be sent. True: something went. */
  pump(): boolean {
    let went = false;
    this.#behind = false;
    for (;;) {
      const left = this.#held.length - this.#sent;
      const size = Math.min(left, this.#window - this.#sent, this.#parts.mss);
      const fin = this.#finishing && !this.#finished && left >= 0 && size === left;
      const silly = size < left && size < this.#parts.mss && this.#sent > 0;
      if ((size <= 0 && !fin) || silly) break;
      this.#behind = !this.#emit(this.#sent, size, fin);
      if (this.#behind) break;
      went = true;
      this.#sent += size + (fin ? 1 : 0);
      this.#most = Math.max(this.#most, this.#sent);
    }
    const now = this.#parts.now();
    if (this.#total === 0) this.due = undefined;
    else if (this.#behind) this.due = now + behindMs;
    else this.due ??= now + this.#again;
    return went;
  }

  /** Looks again, when it is time. False: the other side is gone. */
  look(): boolean {
    const now = this.#parts.now();
    if (this.due === undefined || now < this.due) return true;
    if (now - this.#progressAt > (this.#window === 0 ? stalledMs : goneMs)) return false;
    this.due = undefined;
    if (this.#behind) {
      this.pump();
      return true;
    }
    if (this.#sent > 0 || this.#window === 0) this.#again = Math.min(lastAgainMs, this.#again * 2);
    this.#sent = 0;
    this.#duplicates = 0;
    this.#recovering = 0;
    if (this.#window === 0 && this.#held.length > 0 && this.#emit(0, 1, false)) this.#most = Math.max(this.#most, 1);
    this.pump();
    return true;
  }

  get #total(): number {
    return this.#held.length + (this.#finishing && !this.#finished ? 1 : 0);
  }

  #emit(at: number, size: number, fin: boolean): boolean {
    const last = at + size >= this.#held.length;
    const set = flags.ack | (last && size > 0 ? flags.psh : 0) | (fin ? flags.fin : 0);
    return this.#parts.emit(later(this.#first, at), set, this.#held.slice(at, size));
  }

  /** True: the window is another now. An older segment tells nothing of it. */
  #learn(seq: number, window: number): boolean {
    if (this.#windowSeq !== undefined && distance(this.#windowSeq, seq) < 0) return false;
    this.#windowSeq = seq;
    if (window === this.#window) return false;
    if (this.#window === 0) {
      this.#progressAt = this.#parts.now();
      this.due = undefined;
    }
    this.#window = window;
    return true;
  }

  #advance(fresh: number): void {
    if (fresh > this.#held.length) this.#finished = true;
    this.#held.drop(fresh);
    this.#first = later(this.#first, fresh);
    this.#sent = Math.max(0, this.#sent - fresh);
    this.#most -= fresh;
    this.#again = firstAgainMs;
    this.#progressAt = this.#parts.now();
    this.due = undefined;
    this.#duplicates = 0;
    this.#recovering = Math.max(0, this.#recovering - fresh);
    if (this.#recovering > 0 && this.#sent > 0) this.#resend();
  }

  #duplicate(): void {
    this.#duplicates += 1;
    if (this.#duplicates !== duplicates) return;
    this.#recovering = this.#sent;
    this.#resend();
  }

  #resend(): void {
    const size = Math.min(this.#held.length, this.#sent, this.#parts.mss);
    // What a wire that is behind does not take, the timer sends.
    this.#emit(0, size, this.#finishing && size === this.#held.length && this.#sent > size);
  }
}
