import type { Server } from 'node:http';
import { type ConsoleDoor, consolePaths } from '../fronts/consoles/door.ts';
import { ec2 } from '../fronts/ec2/service.ts';
import type { HttpLimits } from '../fronts/http/limits.ts';
import { createHttpServer, type Page } from '../fronts/http/server.ts';
import { answerPath, metadataPath } from '../fronts/metadata/path.ts';
import { QueryDoor } from '../fronts/query/door.ts';
import { sts } from '../fronts/sts/service.ts';
import { authentication } from './authentication.ts';
import { createSystemClock } from './clock/system.ts';
import type { Composition } from './compose.ts';
import type { Settings } from './config/settings.ts';
import { createConsoles } from './consoles.ts';
import { createMetrics } from './metrics.ts';

/** What changes in the life of a server. */
export interface ServerState {
  readonly stopping: boolean;
}

/** The HTTP server with its doors and pages; it does not listen yet. */
export function createServer(
  settings: Pick<Settings, 'auth' | 'host'>,
  parts: Composition,
  state: ServerState,
  limits: HttpLimits,
  consoles: ConsoleDoor = createConsoles(settings, parts),
): Server {
  const { world, worker, defaultRegion } = parts;
  const open = settings.auth === 'open';
  const metrics = createMetrics(world, worker);
  const paths = {
    metadata: parts.metadata,
    regions: () => world.regions.keys(),
    key: world.tokenKey,
    openAt: open ? settings.host : undefined,
    log: world.log,
  };
  return createHttpServer({
    door: new QueryDoor({
      world,
      services: [ec2, sts],
      authenticate: authentication(settings.auth, parts),
      defaultRegion,
      clock: createSystemClock(),
    }),
    log: world.log,
    pages: {
      '/healthz': async () => ({ status: 200, type: 'application/json', body: '{"status":"ok"}\n' }),
      '/readyz': readiness(parts, state),
      '/metrics': metrics.page,
    },
    subtrees: [
      { below: metadataPath, answer: (message, target) => answerPath(paths, message, target) },
      ...Object.values(consolePaths).map((below) => ({ below, answer: consoles.answer })),
    ],
    upgrades: consoles,
    observe: metrics.observe,
    refuseBrowsersOf: open ? settings.host : undefined,
    limits,
  });
}

/** Ready: the store and every cloud answer, and the server is not stopping. */
function readiness({ world, drivers }: Composition, state: ServerState): Page {
  return async () => {
    const checks: Record<string, string> = { store: await outcome(world.store.ping()) };
    for (const driver of drivers) checks[`driver ${driver.name}`] = await outcome(driver.ping());
    if (state.stopping) checks.server = 'stopping';
    const ready = Object.values(checks).every((check) => check === 'ok');
    const body = `${JSON.stringify({ status: ready ? 'ok' : 'unavailable', checks })}\n`;
    return { status: ready ? 200 : 503, type: 'application/json', body };
  };
}

const outcome = (check: Promise<void>): Promise<string> =>
  check.then(
    () => 'ok',
    (error: Error) => error.message,
  );
