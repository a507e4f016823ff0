import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpLimits, httpLimits } from '../../src/fronts/http/limits.ts';
import type { Composition } from '../../src/main/compose.ts';
import { compose } from '../../src/main/compose.ts';
import { readSettingsFrom } from '../../src/main/config/settings.ts';
import { openStore } from '../../src/main/openStore.ts';
import { createServer } from '../../src/main/server.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Store } from '../../src/ports/store.ts';

/** One line of the log. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A server in this process. */
export interface Running {
  readonly port: number;
  readonly endpoint: string;
  readonly server: Server;
  readonly parts: Composition;
  readonly lines: readonly Line[];
  readonly state: { stopping: boolean };
  close(): Promise<void>;
}

export interface Start {
  /** As on the command line; the store is in memory unless `store` is given. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly limits?: Partial<HttpLimits>;
  readonly store?: Store;
  /** Whether operations are worked. Default: yes. */
  readonly working?: boolean;
}

/** Everything that `serve` puts together, listening at a free port. */
export async function startServer({ flags = {}, limits = {}, store, working = true }: Start = {}): Promise<Running> {
  const settings = readSettingsFrom({ memory: true, time: 'virtual', ...flags }, {});
  const lines: Line[] = [];
  const opened = store ?? (await openStore(settings, true));
  const parts = compose(settings, opened, linesTo(lines));
  const state = { stopping: false };
  const server = createServer(settings, parts, state, { ...httpLimits, ...limits });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  if (working) parts.worker.start(parts.world);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    server,
    parts,
    lines,
    state,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await parts.worker.drain();
      await opened.close();
    },
  };
}

function linesTo(lines: Line[]): Log {
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, message, ...fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => linesTo(lines) };
}
