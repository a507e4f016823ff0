import { pino } from 'pino';
import type { Log } from '../ports/log.ts';
import type { Settings } from './config/settings.ts';

/** Lines are gathered up to this size (characters) and for this time (milliseconds): a write of its own for each request would cost more than the request. */
const gather = { most: 12 * 1024, ms: 250 } as const;

let last = { ms: 0, text: '' };

/** The time as pino's `isoTime` writes it; lines of one millisecond share the text. */
function timestamp(): string {
  const ms = Date.now();
  if (ms !== last.ms) last = { ms, text: `,"time":"${new Date(ms).toISOString()}"` };
  return last.text;
}

/** Structured lines (JSON) on standard error. */
export function createLog(level: Settings['logLevel']): Log & { flush(): void } {
  const destination = pino.destination({ dest: 2, sync: false, minLength: 0 });
  // Standard error may be a file on a disk that is full, or a pipe that nobody reads: the server goes on without a log.
  destination.on('error', () => undefined);
  const lines = gathered((text) => destination.write(text));
  const log = pino({ level, base: undefined, timestamp }, lines);
  const flush = (): void => {
    lines.flush();
    destination.flushSync();
  };
  return Object.assign(log as Log, { flush });
}

/** Gathers lines before they are written. The destination gathers, too, but looks at all that it has with every line. */
function gathered(write: (text: string) => void): { write(line: string): void; flush(): void } {
  let text = '';
  const flush = (): void => {
    if (text !== '') write(text);
    text = '';
  };
  setInterval(flush, gather.ms).unref();
  return {
    flush,
    write(line) {
      text += line;
      if (text.length >= gather.most) flush();
    },
  };
}
