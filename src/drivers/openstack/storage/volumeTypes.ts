import type { Clock } from '../../../ports/clock.ts';
import type { Place } from '../places.ts';
import { volumeTypes, volumeZones } from '../rest/cinder.ts';

/** What Cinder offers to a project, as it was at most a minute ago. */
export interface VolumeTypes {
  /** Whether there is a volume type of that name. Projects may have types of their own. */
  hasType(place: Place, name: string): Promise<boolean>;
  /** Whether Cinder has an availability zone of that name; its zones need not be Nova's. */
  hasZone(place: Place, name: string): Promise<boolean>;
}

const keepMs = 60_000;

interface Kept {
  readonly until: number;
  readonly names: Promise<ReadonlySet<string>>;
}

export function createVolumeTypes(clock: Clock): VolumeTypes {
  const kept = new Map<string, Kept>();
  // Many calls share one answer, so none of them may stop the request with its signal.
  const names = (key: string, read: () => Promise<ReadonlySet<string>>): Promise<ReadonlySet<string>> => {
    const known = kept.get(key);
    if (known !== undefined && known.until > clock.now()) return known.names;
    const fresh: Kept = { until: clock.now() + keepMs, names: read() };
    kept.set(key, fresh);
    fresh.names.catch(() => kept.get(key) === fresh && kept.delete(key));
    return fresh.names;
  };
  return {
    async hasType({ project, session }, name) {
      const types = await names(`types/${project}`, () => namesOf(volumeTypes(session), (type) => type.name));
      return types.has(name);
    },
    async hasZone({ session }, name) {
      return (await names('zones', () => namesOf(volumeZones(session), (zone) => zone.zoneName))).has(name);
    },
  };
}

async function namesOf<T>(things: AsyncIterable<T>, nameOf: (thing: T) => string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const thing of things) names.add(nameOf(thing));
  return names;
}
