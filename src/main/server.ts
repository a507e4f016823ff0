import type { Server } from 'node:http';
import { keyring } from '../cloud/identity/keyring.ts';
import { accountOfProject } from '../cloud/identity/projects.ts';
import { ec2 } from '../fronts/ec2/service.ts';
import type { HttpLimits } from '../fronts/http/limits.ts';
import { createHttpServer, type Page } from '../fronts/http/server.ts';
import { answerPath, metadataPath } from '../fronts/metadata/path.ts';
import { type Authenticate, keyedDoor, openDoor } from '../fronts/query/authenticate.ts';
import { delegatedDoor } from '../fronts/query/delegated.ts';
import { QueryDoor } from '../fronts/query/door.ts';
import { sts } from '../fronts/sts/service.ts';
import type { Proven } from '../ports/identity.ts';
import { createSystemClock } from './clock/system.ts';
import type { Composition } from './compose.ts';
import type { Settings } from './config/settings.ts';
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
    subtree: { below: metadataPath, answer: (message, target) => answerPath(paths, message, target) },
    observe: metrics.observe,
    refuseBrowsersOf: open ? settings.host : undefined,
    limits,
  });
}

function authentication(auth: Settings['auth'], { world, defaultRegion }: Composition): Authenticate {
  if (auth === 'open') return openDoor;
  if (auth === 'keys') return keyedDoor(keyring(world.store, world.secrets));
  return delegatedDoor((region = defaultRegion) => {
    const authority = world.regions.get(region)?.driver.identity;
    const accountOf = ({ project, projectName }: Proven) =>
      accountOfProject(world, { cloud: region, id: project, name: projectName });
    return authority && { authority, accountOf };
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
