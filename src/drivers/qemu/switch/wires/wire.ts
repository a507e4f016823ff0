import { connect, type Socket } from 'node:net';
import type { Clock, Timer } from '../../../../ports/clock.ts';
import { createCutter } from './frames.ts';

export interface WireParts {
  /** The socket at which QEMU waits; it need not be there yet. */
  readonly path: string;
  readonly clock: Clock;
  /** Bytes of the largest frame. */
  readonly largest: number;
  /** A frame from QEMU; it may be changed, and passed on, in its buffer. */
  readonly receive: (buffer: Buffer, start: number, end: number) => void;
  /** All frames that came together were received: what they gave may be sent. */
  readonly received: () => void;
}

/** The way to the QEMU of one interface. */
export interface Wire {
  readonly up: boolean;
  /** Passes on a frame that lies in a buffer behind its length; the buffer must stay as it is. False: dropped. */
  forward(buffer: Buffer, start: number, end: number): boolean;
  /** Sends a frame. False: dropped. */
  send(frame: Buffer): boolean;
  /** Writes what was forwarded. */
  flush(): void;
  close(): void;
}

/** Bytes that wait for a reader that is behind; then frames to it are dropped, as on any wire. */
const mostWaiting = 1024 * 1024;
const firstAgainMs = 50;
const lastAgainMs = 1_000;

/** Keeps a connection to a QEMU: tries again, at first soon, until it is closed. */
export const createWire = (parts: WireParts): Wire => new UnixWire(parts);

class UnixWire implements Wire {
  readonly #parts: WireParts;
  #socket: Socket | undefined;
  #again: Timer | undefined;
  #wait = firstAgainMs;
  #closed = false;
  /** Frames that lie behind one another in a buffer are written at once. */
  #run: { readonly buffer: Buffer; readonly start: number; end: number } | undefined;
  up = false;

  constructor(parts: WireParts) {
    this.#parts = parts;
    this.#open();
  }

  forward(buffer: Buffer, start: number, end: number): boolean {
    if (!this.#takes(end - start + 4)) return false;
    if (this.#run?.buffer === buffer && this.#run.end === start - 4) {
      this.#run.end = end;
      return true;
    }
    this.flush();
    this.#run = { buffer, start: start - 4, end };
    return true;
  }

  send(frame: Buffer): boolean {
    if (!this.#takes(frame.length + 4)) return false;
    this.flush();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    this.#socket?.write(Buffer.concat([length, frame]));
    return true;
  }

  flush(): void {
    const run = this.#run;
    this.#run = undefined;
    if (run !== undefined && this.up) this.#socket?.write(run.buffer.subarray(run.start, run.end));
  }

  close(): void {
    this.flush();
    this.#closed = true;
    this.#again?.cancel();
    this.#socket?.destroy();
  }

  #takes(size: number): boolean {
    if (!this.up || this.#socket === undefined) return false;
    const run = this.#run === undefined ? 0 : this.#run.end - this.#run.start;
    return this.#socket.writableLength + run + size <= mostWaiting;
  }

  #open(): void {
    const { path, largest, receive, received } = this.#parts;
    const socket = connect(path);
    const cut = createCutter(largest, receive);
    this.#socket = socket;
    socket.on('connect', () => {
      this.up = true;
      this.#wait = firstAgainMs;
    });
    socket.on('data', (chunk) => {
      const sound = cut(chunk);
      received();
      if (!sound) socket.destroy();
    });
    // What went wrong does not matter: `close` follows, and another try.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#gone());
  }

  #gone(): void {
    this.up = false;
    this.#run = undefined;
    if (this.#closed) return;
    const { clock } = this.#parts;
    this.#again = clock.at(clock.now() + this.#wait, () => this.#open());
    this.#wait = Math.min(lastAgainMs, this.#wait * 2);
  }
}
