import type { Clock } from '../../../ports/clock.ts';
import type { Call } from '../../../ports/driver.ts';
import type { Changes, Feed, ForeignMachine } from '../../../ports/foreign.ts';
import type { HealthsTold } from '../machines/healths.ts';
import { isGone } from '../machines/seen.ts';
import type { MachineRecord } from '../machines/servers.ts';
import type { Sightings } from '../machines/sightings.ts';
import type { Place, PlaceOf } from '../places.ts';
import { type Server, server, serversAt } from '../rest/nova.ts';
import { timeOf } from '../rest/time.ts';
import type { Ids, Native } from './ids.ts';
import type { MachineDetails } from './machineDetails.ts';
import type { FaultOf } from './machineFaults.ts';
import { machineStateOf } from './machineState.ts';
import { tagsOf } from './tags.ts';

export interface MachinesParts {
  readonly placeOf: PlaceOf;
  readonly clock: Clock;
  /** Learns what is told. */
  readonly sightings: Sightings;
  /** Learns it, too. */
  readonly healths: Pick<HealthsTold, 'told'>;
  readonly ids: Ids<Native, MachineRecord>;
  readonly details: MachineDetails;
  readonly faultOf: FaultOf;
  /** Names of the region's zones. */
  readonly zones: () => readonly string[];
  /** Our ids of images, by Glance's. */
  readonly images: (natives: readonly string[], call: Call) => Promise<ReadonlyMap<string, string>>;
  /** The name of the flavor that an instance type means. */
  readonly flavorName: (instanceType: string, account: string) => string | undefined;
  /** Has the types of an account be known that have these names. */
  readonly refreshTypes: (account: string, names: readonly string[]) => Promise<void>;
}

export interface Machines extends Feed<ForeignMachine> {
  machineOf(native: string, call: Call): Promise<string | undefined>;
}

/**
 * How far back a question goes behind the time at Nova of the answer before, in milliseconds: servers' clocks differ, and a
 * change bears the time at which it began to be written. What is told twice changes nothing, but Nova works for it: so
 * most questions go back only as far as clocks that are kept differ, and one now and then goes back further.
 */
const overlapMs = { usual: 5_000, far: 60_000 } as const;
/** How often a question goes back far. */
const farEveryMs = 20_000;

/** Nova's servers: from the second question on only those that changed, deleted ones too (`changes-since`). */
export function createMachines(parts: MachinesParts): Machines {
  const { placeOf, clock, ids, sightings } = parts;
  return {
    async changes(since, call) {
      const place = await placeOf(call.account);
      const mark = since === undefined ? undefined : readMark(since);
      const whole = mark === undefined;
      if (whole) await ids.reload(call);
      const isFar = !whole && mark.at - mark.farAt >= farEveryMs;
      const back = isFar ? overlapMs.far : overlapMs.usual;
      const query = whole ? {} : { 'changes-since': new Date(mark.at - back).toISOString() };
      const askedAt = clock.now();
      const found = await serversAt(place.session, query, call.signal);
      sightings.told(found.servers, askedAt);
      parts.healths.told(call.account, { servers: found.servers, whole, askedAt });
      const at = found.at ?? clock.now();
      const next = { at, farAt: whole || isFar ? at : mark.farAt };
      return { mark: writtenMark(next), whole, ...(await told(parts, place, found.servers, whole, call)) };
    },
    async machineOf(native, call) {
      const { session, project } = await placeOf(call.account);
      const there = await server(session, native, call.signal);
      if (there === undefined || there.tenant_id !== project || isGone(there)) return undefined;
      return (await ids.shown([there], call)).get(native);
    },
  };
}

/** When Nova answered the last time, and when it was asked last for what is long ago; epoch milliseconds at Nova. */
interface Mark {
  readonly at: number;
  readonly farAt: number;
}

const writtenMark = ({ at, farAt }: Mark): string => `${new Date(at).toISOString()} ${new Date(farAt).toISOString()}`;

/** A mark of a version before this one has one time. */
function readMark(text: string): Mark {
  const [at = '', farAt = at] = text.split(' ');
  return { at: Date.parse(at), farAt: Date.parse(farAt) };
}

async function told(
  parts: MachinesParts,
  place: Place,
  found: readonly Server[],
  whole: boolean,
  call: Call,
): Promise<Pick<Changes<ForeignMachine>, 'things' | 'gone' | 'unsure'>> {
  // An administrator may see more than the project's.
  const servers = found.filter(({ tenant_id: project }) => project === place.project);
  const there = servers.filter((one) => !isGone(one));
  const gone = await parts.ids.named(
    servers.filter(isGone).map(({ id }) => id),
    call,
  );
  const ids = await parts.ids.shown(there, call);
  // Nova says no more of a server whose cell is down than that it is there.
  const unsure = there.filter(({ status }) => status === 'UNKNOWN').flatMap(({ id }) => ids.get(id) ?? []);
  const shown = there.filter(({ id, status }) => status !== 'UNKNOWN' && ids.has(id));
  const placed = shown.map((one) => ({ server: one, zone: zoneOf(one, parts) }));
  const images = await parts.images(
    shown.flatMap(({ image }) => (image ? [image.id] : [])),
    call,
  );
  await parts.refreshTypes(call.account, [...new Set(shown.map(flavorNameOf))]);
  const details = await parts.details.of(placed, whole, place, call);
  const things = placed.map(async ({ server: one, zone }) => {
    const id = ids.get(one.id)!;
    const fault = await parts.faultOf(place.session, one, call.signal);
    const image = one.image ? images.get(one.image.id) : undefined;
    return {
      id,
      name: one.name ?? '',
      state: machineStateOf(one),
      ...(fault !== undefined && { fault }),
      zone,
      instanceType: typeOf(one, await parts.ids.recordOf(id, call), parts, call.account),
      ...(image !== undefined && { image }),
      ...(one.key_name && { keyName: one.key_name }),
      launchedAt: timeOf(one['OS-SRV-USG:launched_at'] ?? one.created),
      ...details.get(one.id)!,
      tags: tagsOf(one.metadata),
    };
  });
  return { things: await Promise.all(things), gone: [...gone.values()], unsure };
}

/** A server that is not placed yet is shown in the first zone. */
const zoneOf = (one: Server, { zones }: MachinesParts): string =>
  one['OS-EXT-AZ:availability_zone'] || zones()[0] || 'nova';

const flavorNameOf = ({ flavor }: Server): string => flavor?.original_name ?? '';

/** The type that was asked for, while it means the flavor that the server has; else the flavor's name. */
function typeOf(
  one: Server,
  record: MachineRecord | undefined,
  { flavorName }: MachinesParts,
  account: string,
): string {
  const name = flavorNameOf(one);
  return record?.type !== undefined && flavorName(record.type, account) === name ? record.type : name;
}
