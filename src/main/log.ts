import { pino } from 'pino';
import type { Log } from '../ports/log.ts';
import type { Settings } from './config/settings.ts';

/** Lines are gathered up to this size and for this time: a line of its own for each request would cost more than the request. */
const gather = { minLength: 15 * 1024, periodicFlush: 250 } as const;

let last = { ms: 0, text: '' };

/** The time as pino's `isoTime` writes it; lines of one millisecond share the text. */
function timestamp(): string {
  const ms = Date.now();
  if (ms !== last.ms) last = { ms, text: `,"time":"${new Date(ms).toISOString()}"` };
  return last.text;
}

/** Structured lines (JSON) on standard error. */
export function createLog(level: Settings['logLevel']): Log & { flush(): void } {
  const destination = pino.destination({ dest: 2, sync: false, ...gather });
  // Standard error may be a file on a disk that is full, or a pipe that nobody reads: the server goes on without a log.
  destination.on('error', () => undefined);
  const log = pino({ level, base: undefined, timestamp }, destination);
  return Object.assign(log as Log, { flush: () => destination.flushSync() });
}
