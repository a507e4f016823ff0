import type { Log } from '../../src/ports/log.ts';

/** A log for tests that read no logs. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
