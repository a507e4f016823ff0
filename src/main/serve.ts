import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { reconcile } from '../cloud/reconcile/reconcile.ts';
import { httpLimits } from '../fronts/http/limits.ts';
import type { Log } from '../ports/log.ts';
import { banner } from './banner.ts';
import { createSystemClock } from './clock/system.ts';
import { type Composition, compose } from './compose.ts';
import { Problem } from './config/problem.ts';
import type { Settings } from './config/settings.ts';
import { createConsoles } from './consoles.ts';
import { checkKey } from './keyCheck.ts';
import { createLog } from './log.ts';
import { listenForMachines } from './machineMetadata.ts';
import { novaListeners } from './metadata.ts';
import { closeStore, openStore } from './openStore.ts';
import { createServer } from './server.ts';

/** A client that is still sending after this time at a stop is cut off, in milliseconds. */
const drainMs = 10_000;

/** Serves until it is told to stop; resolves when everything is down. */
export async function serve(settings: Settings): Promise<void> {
  checkExposure(settings);
  await run(settings, true, async (parts, stopped) => {
    const { world, worker } = parts;
    const state = { stopping: false };
    const consoles = createConsoles(settings, parts);
    const server = createServer(settings, parts, state, httpLimits, consoles);
    const places = novaListeners(settings, parts, httpLimits);
    // Nobody else can hold a lease on an embedded store: those that are left are of a process that died.
    if (settings.database === undefined) await world.store.operations.release(undefined);
    await listen(server, settings, '--port', world.log);
    for (const { server: place, region, host, port } of places) {
      await listen(place, { host, port }, '--metadata-port', world.log);
      world.log.info({ region, host, port }, 'instance metadata is where Neutron’s agent may look for it');
    }
    const machines = await listenForMachines(settings, parts, httpLimits);
    worker.start(world);
    // Loops keep real time: in virtual time they would be all that happens.
    const loops = reconcile(world, createSystemClock());
    process.stdout.write(banner(settings, parts, (server.address() as AddressInfo).port));
    const signal = await stopped;
    state.stopping = true;
    world.log.info({ signal }, 'stopping: finishing what is in flight');
    await Promise.all([
      drain(server),
      ...[...places.map((place) => place.server), ...machines].map(drain),
      consoles.close(),
      loops.stop(),
    ]);
    for (const place of places) place.close();
  });
}

/** Works operations off a shared database, without serving. */
export async function work(settings: Settings): Promise<void> {
  if (settings.database === undefined)
    throw new Problem('usage', 'worker needs --database: an embedded store is worked by the process that serves it');
  await run(settings, false, async ({ world, worker }, stopped) => {
    worker.start(world);
    process.stdout.write('Elsewhere works operations. Stop with Ctrl-C.\n');
    const signal = await stopped;
    world.log.info({ signal }, 'stopping: finishing what is in flight');
  });
}

/** Everything opened before `life`, and closed behind it, also when it fails. */
async function run(
  settings: Settings,
  serving: boolean,
  life: (parts: Composition, stopped: Promise<NodeJS.Signals>) => Promise<void>,
): Promise<void> {
  const log = createLog(settings.logLevel);
  const store = await openStore(settings, serving);
  try {
    const parts = compose(settings, store, log);
    await checkKey(store, parts.world.secrets);
    const signals = untilSignal();
    try {
      await life(parts, signals.first);
    } finally {
      signals.forget();
      await parts.worker.drain();
      await Promise.all(parts.drivers.map((driver) => driver.close()));
    }
    log.info({}, 'stopped');
  } finally {
    await closeStore(store, log);
    log.flush();
  }
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

interface Where {
  readonly host: string;
  readonly port: number;
}

/** @param option the one that chooses the port, for the line that says that it is in use */
function listen(server: Server, { host, port }: Where, option: string, log: Log): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      const line =
        error.code === 'EADDRINUSE'
          ? `port ${port} of ${host} is in use: stop what listens there, or choose another with ${option}`
          : `cannot listen at ${host}:${port} (${error.code})`;
      reject(new Problem('portInUse', line, { cause: error }));
    };
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      // Such as too many open files: the next connection may be better off.
      server.on('error', (error) => log.error({ err: error }, 'a connection could not be taken'));
      resolve();
    });
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

/** The first signal to stop. A second one is the system's to answer: it ends the process at once. */
function untilSignal(): { readonly first: Promise<NodeJS.Signals>; forget(): void } {
  const names = ['SIGTERM', 'SIGINT'] as const;
  let tell: (signal: NodeJS.Signals) => void = () => undefined;
  const first = new Promise<NodeJS.Signals>((resolve) => {
    tell = resolve;
  });
  const heard = (signal: NodeJS.Signals): void => {
    forget();
    tell(signal);
  };
  const forget = (): void => {
    for (const name of names) process.off(name, heard);
  };
  for (const name of names) process.on(name, heard);
  return { first, forget };
}
