import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { keyring } from '../cloud/identity/keyring.ts';
import { reconcile } from '../cloud/reconcile/reconcile.ts';
import { ec2 } from '../fronts/ec2/service.ts';
import { createHttpServer, httpLimits, type Page } from '../fronts/http/server.ts';
import { keyedDoor, openDoor } from '../fronts/query/authenticate.ts';
import { QueryDoor } from '../fronts/query/door.ts';
import { sts } from '../fronts/sts/service.ts';
import { banner } from './banner.ts';
import { type Composition, compose } from './compose.ts';
import { Problem } from './config/problem.ts';
import type { Settings } from './config/settings.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { closeStore, openStore } from './openStore.ts';

/** A client that is still sending after this time at a stop is cut off, in milliseconds. */
const drainMs = 10_000;

/** Serves until it is told to stop; resolves when everything is down. */
export async function serve(settings: Settings): Promise<void> {
  checkExposure(settings);
  const log = createLog(settings.logLevel);
  const store = await openStore(settings, true);
  const parts = compose(settings, store, log);
  const state = { draining: false };
  const server = httpServer(settings, parts, state);
  const stopped = untilSignal();
  await listen(server, settings);
  if (settings.database === undefined) await store.operations.release(undefined);
  parts.worker.start(parts.world);
  const loops = reconcile(parts.world);
  const { port } = server.address() as AddressInfo;
  process.stdout.write(banner(settings, parts, port));
  const signal = await stopped;
  state.draining = true;
  log.info({ signal }, 'stopping: finishing what is in flight');
  await Promise.all([drain(server), loops.stop()]);
  await parts.worker.drain();
  await Promise.all(parts.drivers.map((driver) => driver.close()));
  await closeStore(store, log);
  log.info({}, 'stopped');
  log.flush();
}

/** Works operations off a shared database, without serving. */
export async function work(settings: Settings): Promise<void> {
  if (settings.database === undefined)
    throw new Problem('usage', 'worker needs --database: an embedded store is worked by the process that serves it');
  const log = createLog(settings.logLevel);
  const store = await openStore(settings, false);
  const { worker, world, drivers } = compose(settings, store, log);
  const stopped = untilSignal();
  worker.start(world);
  process.stdout.write('elsewhere worker: working operations. Stop with Ctrl-C.\n');
  const signal = await stopped;
  log.info({ signal }, 'stopping: finishing what is in flight');
  await worker.drain();
  await Promise.all(drivers.map((driver) => driver.close()));
  await closeStore(store, log);
  log.flush();
}

/** Anybody who reaches a server in open mode can do anything; so only this computer may. */
function checkExposure({ auth, host, openToNetwork }: Settings): void {
  if (auth === 'open' && !openToNetwork && !isLoopback(host)) {
    throw new Problem(
      'usage',
      `--auth open takes any key: it listens at loopback only. Use --auth keys for ${host}, or --open-to-network if everyone who can reach it may do anything`,
    );
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function httpServer(settings: Settings, parts: Composition, state: { readonly draining: boolean }): Server {
  const { world, worker, drivers, defaultRegion } = parts;
  const authenticate = settings.auth === 'open' ? openDoor : keyedDoor(keyring(world.store, world.secrets));
  const metrics = createMetrics(world.store, worker);
  return createHttpServer({
    door: new QueryDoor({ world, services: [ec2, sts], authenticate, defaultRegion }),
    log: world.log,
    pages: {
      '/healthz': async () => ({ status: 200, type: 'application/json', body: '{"status":"ok"}\n' }),
      '/readyz': readiness(parts, drivers, state),
      '/metrics': metrics.page,
    },
    observe: metrics.observe,
    refuseBrowsers: settings.auth === 'open',
    limits: httpLimits,
  });
}

/** Ready: the store and every cloud answer, and the server is not stopping. */
function readiness(
  { world }: Composition,
  drivers: Composition['drivers'],
  state: { readonly draining: boolean },
): Page {
  return async () => {
    const checks: Record<string, string> = { store: await outcome(world.store.ping()) };
    for (const driver of drivers) checks[`driver ${driver.name}`] = await outcome(driver.ping());
    if (state.draining) checks.server = 'stopping';
    const ready = Object.values(checks).every((check) => check === 'ok');
    return {
      status: ready ? 200 : 503,
      type: 'application/json',
      body: `${JSON.stringify({ status: ready ? 'ok' : 'unavailable', checks })}\n`,
    };
  };
}

const outcome = (check: Promise<void>): Promise<string> =>
  check.then(
    () => 'ok',
    (error: Error) => error.message,
  );

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const line =
        error.code === 'EADDRINUSE'
          ? `port ${port} of ${host} is in use: stop what listens there, or choose another with --port`
          : `cannot listen at ${host}:${port} (${error.code})`;
      reject(new Problem('portInUse', line, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

/** Refuses new connections, closes idle ones, and waits for the requests in flight. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
