import { pino } from 'pino';
import type { Log } from '../ports/log.ts';
import type { Settings } from './config/settings.ts';

/** Lines are gathered up to this size (bytes) and for this time (milliseconds): a write of its own for each request would cost more than the request. */
const gather = { most: 16 * 1024, ms: 250 } as const;

let last = { ms: 0, text: '' };

/** The time as pino's `isoTime` writes it; lines of one millisecond share the text. */
function timestamp(): string {
  const ms = Date.now();
  if (ms !== last.ms) last = { ms, text: `,"time":"${new Date(ms).toISOString()}"` };
  return last.text;
}

/** Structured lines (JSON) on standard error. */
export function createLog(level: Settings['logLevel']): Log & { flush(): void } {
  const destination = pino.destination({ dest: 2, sync: false, minLength: 0, contentMode: 'buffer' });
  // Standard error may be a file on a disk that is full, or a pipe that nobody reads: the server goes on without a log.
  destination.on('error', () => undefined);
  // It takes bytes in this mode, whatever its type says.
  const lines = gathered((bytes) => destination.write(bytes as unknown as string));
  const log = pino({ level, base: undefined, timestamp }, lines);
  const flush = (): void => {
    lines.flush();
    destination.flushSync();
  };
  return Object.assign(log as Log, { flush });
}

/**
 * Gathers lines before they are written. The destination gathers, too, but counts the bytes of all that it has with every
 * line; and a line is put together while it is still at hand.
 */
function gathered(write: (bytes: Buffer) => void): { write(line: string): void; flush(): void } {
  let bytes = Buffer.allocUnsafe(gather.most);
  let length = 0;
  const flush = (): void => {
    if (length === 0) return;
    write(bytes.subarray(0, length));
    bytes = Buffer.allocUnsafe(gather.most);
    length = 0;
  };
  setInterval(flush, gather.ms).unref();
  return {
    flush,
    write(line) {
      // A character is at most three bytes of UTF-8.
      const most = line.length * 3;
      if (length + most > gather.most) flush();
      if (most > gather.most) write(Buffer.from(line));
      else length += bytes.write(line, length);
    },
  };
}
