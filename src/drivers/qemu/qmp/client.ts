import { createConnection, type Socket } from 'node:net';
import { createLines } from '../lines.ts';
import type { CommandName, Given, Returned } from './commands.ts';
import { type Qmp, QmpError, type QmpEvent } from './qmp.ts';

/** How long QEMU has to greet, and to answer a command, unless said otherwise; milliseconds. */
export const patience = { greetingMs: 5_000, answerMs: 20_000 } as const;

/** The connection has ended, or was never there. `taken`: somebody waits at the socket and does not greet: another client is there. */
export class QmpGone extends Error {
  readonly taken: boolean;
  constructor(message: string, { cause, taken = false }: { cause?: unknown; taken?: boolean } = {}) {
    super(message, { cause });
    this.name = 'QmpGone';
    this.taken = taken;
  }
}

interface Waiting {
  readonly command: string;
  readonly done: (value: unknown) => void;
  readonly failed: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Connects to the monitor at a Unix socket and makes it ready for commands. A monitor has one client at a time: while
 * somebody else is there, QEMU does not greet, and this rejects after `greetingMs`.
 * @throws QmpGone
 */
export async function connectQmp(path: string, greetingMs: number = patience.greetingMs): Promise<Qmp> {
  const client = new Client(createConnection(path), path);
  try {
    await client.greeted(greetingMs);
    await client.execute('qmp_capabilities', undefined, greetingMs);
    return client;
  } catch (error) {
    client.close();
    throw error instanceof QmpGone
      ? error
      : new QmpGone(`no monitor answers at ${path}: ${(error as Error).message}`, { cause: error, taken: true });
  }
}

type Message = Readonly<Record<string, unknown>>;

class Client implements Qmp {
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  /** Those that wait for something, and must hear that it will never come. */
  readonly #onEnd = new Set<(why: QmpGone) => void>();
  #lastId = 0;
  #gone: QmpGone | undefined;
  #greet: () => void = () => undefined;
  readonly #greeting: Promise<void>;

  constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    this.#greeting = new Promise((resolve) => {
      this.#greet = resolve;
    });
    const lines = createLines(
      (line) => this.#hear(line),
      () => this.#end(new QmpGone(`what the monitor at ${path} says has no end`)),
    );
    socket.on('data', lines);
    let why: Error | undefined;
    socket.on('error', (error) => {
      why = error;
    });
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.#end(new QmpGone(`the monitor at ${path} is gone${why === undefined ? '' : `: ${why.message}`}`));
        resolve();
      });
    });
  }

  greeted(timeoutMs: number): Promise<void> {
    return this.#untilEnd(timeoutMs, 'nobody greets', (done) => {
      void this.#greeting.then(done);
      return () => undefined;
    });
  }

  execute<Name extends CommandName>(command: Name, ...given: Given<Name>): Promise<Returned<Name>> {
    const [args, timeoutMs = patience.answerMs] = given;
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = ++this.#lastId;
    return new Promise<Returned<Name>>((done, failed) => {
      const late = (): void => {
        this.#waiting.delete(id);
        failed(new Error(`QEMU did not answer ${command} within ${timeoutMs} ms`));
      };
      const answered = (value: unknown): void => done(value as Returned<Name>);
      this.#waiting.set(id, { command, done: answered, failed, timer: setTimeout(late, timeoutMs) });
      this.#socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }), id })}\n`);
    });
  }

  on(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  once(matches: (event: QmpEvent) => boolean, timeoutMs: number): Promise<QmpEvent> {
    return this.#untilEnd(timeoutMs, 'the event did not come', (done) =>
      this.on((event) => {
        if (matches(event)) done(event);
      }),
    );
  }

  close(): void {
    this.#end(new QmpGone(`the connection to ${this.#path} was closed`));
  }

  /** Waits for what `begin` tells, for so long, and no longer than the connection lasts. */
  #untilEnd<T>(timeoutMs: number, late: string, begin: (done: (value: T) => void) => () => void): Promise<T> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    return new Promise<T>((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer);
        this.#onEnd.delete(ended);
        forget();
      };
      const ended = (why: QmpGone): void => {
        over();
        reject(why);
      };
      const timer = setTimeout(() => {
        over();
        reject(new Error(`${late} within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#onEnd.add(ended);
      const forget = begin((value) => {
        over();
        resolve(value);
      });
    });
  }

  #hear(line: string): void {
    if (this.#gone !== undefined) return;
    let message: Message;
    try {
      message = JSON.parse(line);
    } catch (error) {
      this.#end(new QmpGone(`what the monitor at ${this.#path} says is not QMP`, { cause: error }));
      return;
    }
    if (message.QMP !== undefined) this.#greet();
    else if (typeof message.event === 'string') this.#tell(message);
    else this.#answer(message);
  }

  #tell(message: Message): void {
    const { seconds = 0, microseconds = 0 } = (message.timestamp ?? {}) as Readonly<Record<string, number>>;
    const { event: name, data = {} } = message;
    const event = { event: name, data, at: seconds * 1000 + Math.floor(microseconds / 1000) } as QmpEvent;
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** An answer that nobody waits for any more came too late. */
  #answer({ id, error, return: value }: Message): void {
    const waiting = this.#waiting.get(id as number);
    if (waiting === undefined) return;
    this.#waiting.delete(id as number);
    clearTimeout(waiting.timer);
    if (error === undefined) waiting.done(value);
    else {
      const { class: kind = 'GenericError', desc = '' } = error as Readonly<Record<string, string>>;
      waiting.failed(new QmpError(kind, `${waiting.command}: ${desc}`));
    }
  }

  #end(why: QmpGone): void {
    if (this.#gone !== undefined) return;
    this.#gone = why;
    this.#socket.destroy();
    for (const { failed, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      failed(why);
    }
    this.#waiting.clear();
    for (const ended of [...this.#onEnd]) ended(why);
    this.#listeners.clear();
  }
}
