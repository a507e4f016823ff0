import { Duplex } from 'node:stream';
import type { Timer } from '../../../../../ports/clock.ts';
import { flags } from '../../packets/tcp.ts';
import type { Connection, ConnectionParts, Segment } from './contract.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { distance, later } from './sequence.ts';

type State = 'asked' | 'accepted' | 'opening' | 'open' | 'closed';

/** Milliseconds: for a handshake, until it is tried again and at all; until a silent machine is asked, and until it is gone. */
const handshakeAgainMs = 1_000;
const handshakeMs = 30_000;
const silentMs = 75_000;
const goneMs = 300_000;
const leastMss = 88;
const nothing = Buffer.alloc(0);

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });

/** A connection that a machine asks for (`syn`), or that is opened to it. */
export const createConnection = (parts: ConnectionParts, syn?: Segment): Connection => new Tcp(parts, syn);

class Tcp implements Connection {
  readonly stream: Duplex;
  readonly #parts: ConnectionParts;
  readonly #scale: number;
  readonly #since: number;
  #state: State;
  /** Both are there as soon as the peer's SYN is, and the answer to it. */
  #receiver: Receiver | undefined;
  #sender: Sender | undefined;
  /** What a peer that knows of scales multiplies its windows with, and we ours. */
  #peerScale: number | undefined;
  #peerMss = 536;
  /** The number behind the last byte that we told the peer we take. */
  #told = 0;
  #wantsAck = false;
  #written: (() => void) | undefined;
  #finalized: (() => void) | undefined;
  #heardAt: number;
  #askedAt: number;
  #timer: Timer | undefined;
  #timerAt = 0;

  constructor(parts: ConnectionParts, syn: Segment | undefined) {
    this.#parts = parts;
    this.#since = parts.clock.now();
    this.#heardAt = this.#since;
    this.#askedAt = this.#since;
    this.#scale = Math.max(0, Math.ceil(Math.log2((parts.window + 1) / 0x10000)));
    this.#state = syn === undefined ? 'opening' : 'asked';
    this.stream = new Duplex({
      // The queue is ours: the stream holds one piece.
      readableHighWaterMark: 1,
      read: () => this.#read(),
      write: (chunk: Buffer, _encoding, done) => this.#write(chunk, done),
      final: (done) => this.#final(done),
      destroy: (error, done) => {
        this.#end(true);
        done(error);
      },
    });
    if (syn !== undefined) this.#meet(syn);
    else this.#greet();
  }

  accept(): void {
    if (this.#state !== 'asked') return;
    this.#state = 'accepted';
    this.#greet();
  }

  receive(segment: Segment): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') this.#opened(segment);
    else if (this.#state === 'opening') this.#answered(segment);
    else this.#awaited(segment);
  }

  flush(): void {
    if (this.#state !== 'open') return;
    const went = this.#sender?.pump() ?? false;
    if (!went && this.#wantsAck) this.#ack();
    this.#arm();
  }

  /** The peer's SYN. */
  #meet(syn: Segment): void {
    const { window } = this.#parts;
    this.#peerScale = syn.scale;
    this.#peerMss = syn.mss ?? this.#peerMss;
    const most = syn.scale === undefined ? Math.min(0xffff, window) : window;
    this.#receiver = new Receiver(later(syn.seq, 1), most, (piece) => this.stream.push(piece));
  }

  /** Sends our SYN, again if need be. */
  #greet(): void {
    const set = this.#state === 'opening' ? flags.syn : flags.syn | flags.ack;
    const scaled = this.#state === 'opening' || this.#peerScale !== undefined;
    const { mss, start } = this.#parts;
    this.#put({ seq: start, flags: set, payload: nothing, mss, ...(scaled && { scale: this.#scale }) });
    this.#askedAt = this.#parts.clock.now();
    this.#arm();
  }

  #open(window: number): void {
    const { start, mss, clock } = this.#parts;
    this.#state = 'open';
    this.#heardAt = clock.now();
    this.#sender = new Sender({
      ...{ start: later(start, 1), window, mss: Math.max(leastMss, Math.min(mss, this.#peerMss)) },
      now: () => clock.now(),
      emit: (seq, set, payload) => this.#put({ seq, flags: set, payload }),
    });
    this.stream.emit('connect');
  }

  /** A segment before the peer knows that we accept. */
  #awaited(segment: Segment): void {
    const { flags: set } = segment;
    if ((set & flags.rst) !== 0) {
      if (segment.seq === this.#expected) this.#reset('ECONNRESET');
      return;
    }
    if (this.#state === 'asked') return;
    if ((set & flags.syn) !== 0) {
      if (later(segment.seq, 1) === this.#expected) this.#greet();
      return;
    }
    if ((set & flags.ack) === 0 || segment.ack !== later(this.#parts.start, 1)) return;
    this.#open(this.#windowOf(segment));
    this.#opened(segment);
  }

  /** A segment where the peer's answer to our SYN is waited for. */
  #answered(segment: Segment): void {
    const { flags: set } = segment;
    const right = (set & flags.ack) !== 0 && segment.ack === later(this.#parts.start, 1);
    if (!right) return;
    if ((set & flags.rst) !== 0) this.#reset('ECONNREFUSED');
    else if ((set & flags.syn) !== 0) {
      this.#meet(segment);
      this.#wantsAck = true;
      this.#open(segment.window);
    }
  }

  #opened(segment: Segment): void {
    const ahead = distance(this.#expected, segment.seq);
    if ((segment.flags & flags.rst) !== 0) {
      if (ahead === 0) this.#reset('ECONNRESET');
      else if (ahead > 0 && ahead < this.#room) this.#ack();
    } else if ((segment.flags & flags.syn) !== 0) this.#ack();
    else if ((segment.flags & flags.ack) !== 0) this.#usual(segment, this.#sender!, this.#receiver!);
  }

  #usual(segment: Segment, sender: Sender, receiver: Receiver): void {
    const bare = segment.payload.length === 0 && (segment.flags & flags.fin) === 0;
    if (!sender.acknowledge(segment.seq, segment.ack, this.#windowOf(segment), bare)) {
      this.#ack();
      return;
    }
    this.#heardAt = this.#parts.clock.now();
    if (sender.held < this.#parts.window) this.#wrote();
    const answer = receiver.take(segment);
    if (answer === 'took') this.#wantsAck = true;
    else if (answer === 'odd') this.#ack();
    if (sender.finished) this.#finalize();
    if (!sender.finished || !receiver.ended) return;
    this.flush();
    this.#end(false);
  }

  #read(): void {
    this.#receiver?.read();
    if (this.#receiver === undefined) this.stream.once('connect', () => this.#receiver?.read());
    const opened = distance(this.#told, later(this.#expected, this.#room));
    if (this.#state === 'open' && opened >= Math.min(this.#parts.window / 2, 2 * this.#parts.mss)) this.#ack();
  }

  #write(chunk: Buffer, done: () => void): void {
    if (this.#sender === undefined) {
      this.stream.once('connect', () => this.#write(chunk, done));
      return;
    }
    this.#sender.append(chunk);
    this.#written = done;
    if (this.#sender.held < this.#parts.window) this.#wrote();
    this.flush();
  }

  #wrote(): void {
    const done = this.#written;
    this.#written = undefined;
    done?.();
  }

  #final(done: () => void): void {
    if (this.#sender === undefined) {
      this.stream.once('connect', () => this.#final(done));
      return;
    }
    this.#finalized = done;
    this.#sender.finish();
    this.flush();
  }

  #finalize(): void {
    const done = this.#finalized;
    this.#finalized = undefined;
    done?.();
  }

  get #expected(): number {
    return this.#receiver?.expected ?? 0;
  }

  get #room(): number {
    return this.#receiver?.room ?? this.#parts.window;
  }

  #windowOf({ window }: Segment): number {
    return this.#peerScale === undefined ? window : window * 2 ** this.#peerScale;
  }

  #ack(): void {
    this.#put({ seq: this.#sender?.next ?? this.#parts.start, flags: flags.ack, payload: nothing });
  }

  #put(segment: Omit<Segment, 'ack' | 'window'>): boolean {
    const room = this.#room;
    const scale = this.#state === 'open' && this.#peerScale !== undefined ? this.#scale : 0;
    const window = Math.min(0xffff, room >>> scale);
    const answer = this.#parts.emit({ ...segment, ack: this.#expected, window });
    if (answer === 'sent') {
      this.#wantsAck = false;
      this.#told = later(this.#expected, window * 2 ** scale);
    }
    if (answer === 'refused') queueMicrotask(() => this.stream.destroy(failure('EACCES', 'the rules forbid it')));
    return answer === 'sent';
  }

  #reset(code: 'ECONNRESET' | 'ECONNREFUSED'): void {
    this.#end(false);
    this.stream.destroy(failure(code, 'the machine ended the connection'));
  }

  /** Nothing more is sent; `reset`: the peer hears that it is over. */
  #end(reset: boolean): void {
    if (this.#state === 'closed') return;
    const last = { seq: this.#sender?.next ?? this.#parts.start, ack: this.#expected, window: 0, payload: nothing };
    const silent = this.#state === 'opening';
    if (reset && !silent) this.#parts.emit({ ...last, flags: flags.rst | flags.ack });
    this.#state = 'closed';
    this.#timer?.cancel();
    this.#parts.closed();
  }

  #due(): number {
    if (this.#state !== 'open') return this.#askedAt + handshakeAgainMs;
    return this.#sender?.due ?? Math.max(this.#heardAt, this.#askedAt) + silentMs;
  }

  /** One timer; one that rings too early is set again. */
  #arm(): void {
    if (this.#state === 'closed' || this.#state === 'asked') return;
    const due = this.#due();
    if (this.#timer !== undefined && this.#timerAt <= due) return;
    this.#timer?.cancel();
    this.#timerAt = due;
    this.#timer = this.#parts.clock.at(due, () => this.#ring());
  }

  #ring(): void {
    this.#timer = undefined;
    const now = this.#parts.clock.now();
    if (now >= this.#due()) {
      const alive = this.#state === 'open' ? this.#again(now) : now - this.#since < handshakeMs;
      if (!alive) {
        this.stream.destroy(failure('ETIMEDOUT', 'the machine does not answer'));
        return;
      }
      if (this.#state !== 'open') this.#greet();
    }
    this.#arm();
  }

  #again(now: number): boolean {
    const sender = this.#sender!;
    if (sender.due !== undefined) return sender.look();
    if (now - this.#heardAt >= goneMs) return false;
    this.#askedAt = now;
    // A byte that it has already: it says so.
    this.#put({ seq: later(sender.next, -1), flags: flags.ack, payload: nothing });
    return true;
  }
}
