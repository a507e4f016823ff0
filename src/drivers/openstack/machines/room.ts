import type { Clock } from '../../../ports/clock.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Log } from '../../../ports/log.ts';
import { aggregates, type Flavor } from '../rest/nova.ts';
import { type Candidates, candidates, providersIn, type Wanted } from '../rest/placement.ts';
import type { Session } from '../rest/session.ts';

export interface RoomParts {
  /** Of the user that works for everyone: an administrator, or a service. */
  readonly session: Session;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a launch waits for Placement, in milliseconds. */
const patienceMs = 5_000;
/** How long the hosts of the zones stand; who may not ask, or has waited in vain, is not asking again for as long. */
const keepMs = 60_000;
/** More ways to place a machine than these are not counted: there is room. */
const most = 200;
const unknown = Number.MAX_SAFE_INTEGER;

type Aggregates = Wanted['aggregates'];

/**
 * Gives how many servers of a flavor the hosts of a zone can take, as Placement counts processors and memory. It is never
 * less than Nova could place: what is not told (to a user without a role for it, of a zone whose hosts Placement does not
 * know, of a flavor that asks for other things) is a very large number. Nova still has the last word.
 */
export function createRoom(parts: RoomParts): (zone: string, flavor: Flavor | undefined) => Promise<number> {
  const { session, clock, log } = parts;
  let silentUntil = Number.NEGATIVE_INFINITY;
  const hostsOf = createHosts(parts);
  const ask = async (zone: string, resources: Wanted['resources'], signal: AbortSignal): Promise<number> => {
    const hosts = await hostsOf(zone, signal);
    if (hosts === 'unknown') return unknown;
    const found = await candidates(session, { resources, limit: most, ...(hosts && { aggregates: hosts }) }, signal);
    return countOf(found, resources);
  };
  return async (zone, flavor) => {
    const resources = resourcesOf(flavor);
    if (resources === undefined || clock.now() < silentUntil) return unknown;
    const cut = new AbortController();
    const late = new Promise<number>((resolve) => cut.signal.addEventListener('abort', () => resolve(unknown)));
    const timer = clock.at(clock.now() + patienceMs, () => {
      silentUntil = clock.now() + keepMs;
      cut.abort();
    });
    const answer = ask(zone, resources, cut.signal).catch((error: unknown) => {
      if (!(error instanceof DriverError)) throw error;
      if (error.trouble === 'denied' || error.trouble === 'invalid') silentUntil = clock.now() + keepMs;
      log.info({ zone, err: error }, 'nobody tells how much room the hosts of the cloud have');
      return unknown;
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      timer.cancel();
    }
  };
}

/**
 * Gives the aggregates of Placement that the hosts of a zone are in, or are not in (Nova's usual zone); undefined: any host.
 * Nova tells its aggregates to administrators alone; Placement's agree with them only where they were kept so.
 */
function createHosts({ session, clock }: Pick<RoomParts, 'session' | 'clock'>) {
  const kept = new Map<string, { readonly until: number; readonly hosts: Aggregates | 'unknown' }>();
  const read = async (zone: string, signal: AbortSignal): Promise<Aggregates | 'unknown'> => {
    const all = await aggregates(session, signal).catch((error: unknown) => {
      if (error instanceof DriverError && error.trouble === 'denied') return undefined;
      throw error;
    });
    // Whoever may not see the zones' hosts knows of all together whether there is room.
    if (all === undefined) return undefined;
    const zoned = all.filter(({ metadata }) => metadata.availability_zone !== undefined);
    const own = zoned.filter(({ metadata }) => metadata.availability_zone === zone);
    // Nova's usual zone: the hosts that no aggregate puts elsewhere.
    if (own.length === 0) return zoned.length === 0 ? undefined : { uuids: zoned.map(({ uuid }) => uuid), not: true };
    const counts = await Promise.all(own.map(({ uuid }) => providersIn(session, uuid, signal)));
    const agree = own.every(({ hosts }, at) => counts[at]! >= hosts.length);
    return agree ? { uuids: own.map(({ uuid }) => uuid) } : 'unknown';
  };
  return async (zone: string, signal: AbortSignal): Promise<Aggregates | 'unknown'> => {
    const known = kept.get(zone);
    if (known !== undefined && clock.now() < known.until) return known.hosts;
    const hosts = await read(zone, signal);
    kept.set(zone, { until: clock.now() + keepMs, hosts });
    return hosts;
  };
}

/**
 * What Nova asks Placement for, less the disk, which a machine that boots from a volume takes nothing of. Undefined for a
 * flavor whose extra specs change that.
 */
function resourcesOf(flavor: Flavor | undefined): Wanted['resources'] | undefined {
  if (flavor === undefined) return undefined;
  const specs = Object.keys(flavor.extra_specs ?? {});
  if (specs.some((key) => /^resources|^hw:cpu_(dedicated|policy)|^hw:mem_encryption/.test(key))) return undefined;
  const wanted = Object.entries({ VCPU: flavor.vcpus, MEMORY_MB: flavor.ram }).filter(([, amount]) => amount > 0);
  return wanted.length === 0 ? undefined : Object.fromEntries(wanted);
}

/** How many times the resources are there, host by host. A host may be a tree of providers: then its parts are one. */
function countOf(found: Candidates, resources: Wanted['resources']): number {
  if (found.allocation_requests.length >= most) return unknown;
  const hosts = new Map<string, Map<string, number>>();
  for (const { root_provider_uuid: root, resources: has } of Object.values(found.provider_summaries)) {
    const free = hosts.get(root) ?? new Map<string, number>();
    hosts.set(root, free);
    for (const [name, { capacity, used }] of Object.entries(has))
      free.set(name, (free.get(name) ?? 0) + Math.max(0, capacity - used));
  }
  const counts = [...hosts.values()].map((free) =>
    Math.min(...Object.entries(resources).map(([name, each]) => Math.floor((free.get(name) ?? unknown) / each))),
  );
  return found.allocation_requests.length === 0 ? 0 : counts.reduce((sum, count) => Math.min(sum + count, unknown), 0);
}
