import type { Clock } from '../../../ports/clock.ts';
import type { Place } from '../places.ts';
import { volumeTypes, volumeZones } from '../rest/cinder.ts';

/** What Cinder offers to a project, as it was at most a minute ago. */
export interface VolumeTypes {
  /** Cinder's name of a type: the one that it stands for, else its own; undefined where there is none. Projects may have types of their own. */
  typeOf(place: Place, name: string): Promise<string | undefined>;
  /** The name in EC2 of a type of Cinder: the first that stands for it, else its own. */
  shownAs(type: string): string;
  /** Whether Cinder has an availability zone of that name; its zones need not be Nova's. */
  hasZone(place: Place, name: string): Promise<boolean>;
}

const keepMs = 60_000;

interface Kept {
  readonly until: number;
  readonly names: Promise<ReadonlySet<string>>;
}

/** @param aliases types of EC2 that stand for types of Cinder */
export function createVolumeTypes(clock: Clock, aliases: Readonly<Record<string, string>> = {}): VolumeTypes {
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
    async typeOf({ project, session }, name) {
      const types = await names(`types/${project}`, () => namesOf(volumeTypes(session), (type) => type.name));
      return [aliases[name], name].find((one) => one !== undefined && types.has(one));
    },
    shownAs: (type) => Object.keys(aliases).find((name) => aliases[name] === type) ?? type,
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
