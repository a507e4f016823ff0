import { Problem } from './problem.ts';
import { type Found, integer, matching, refuse, text } from './values.ts';

/** A place where Neutron's metadata agent expects Nova. */
export interface MetadataSettings {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** Nova's own metadata API. */
  readonly nova: string | undefined;
}

/** One of its settings, as it was given for the whole server. */
export type Given = Readonly<Record<keyof MetadataSettings, Found>>;

const names = ['host', 'port', 'secret', 'nova'] as const;

/**
 * Reads the places by region: those below `metadata` in the configuration file, each under the name of its region, and
 * the one of the options, which is for the only region that can have one. Options win.
 * @param regions those whose cloud is an OpenStack
 */
export function readMetadata(
  given: Given,
  value: unknown,
  regions: readonly string[],
  file: string | undefined,
): Readonly<Record<string, MetadataSettings>> {
  const source = `metadata in ${file}`;
  const below = mapping(value ?? {}, source);
  for (const region of Object.keys(below)) {
    if (!regions.includes(region))
      throw new Problem('usage', `${source} has '${region}', which is no region whose driver is openstack`);
  }
  const said = names.find((name) => given[name].value !== undefined);
  if (said !== undefined && regions.length !== 1)
    throw new Problem(
      'usage',
      `${given[said].source} is for a server with one region whose driver is openstack; this one has ${regions.length}`,
    );
  const wanted = said === undefined ? Object.keys(below) : regions;
  return Object.fromEntries(wanted.map((region) => [region, readPlace(region, given, below[region], source)]));
}

function readPlace(region: string, given: Given, value: unknown, source: string): MetadataSettings {
  const here = `${region} in ${source}`;
  const own = mapping(value ?? {}, here);
  const other = Object.keys(own).find((name) => !(names as readonly string[]).includes(name));
  if (other !== undefined) throw new Problem('usage', `${here} has the unknown key '${other}'`);
  const found = (name: keyof MetadataSettings): Found =>
    given[name].value === undefined ? { value: own[name] ?? undefined, source: `${name} of ${here}` } : given[name];
  const port = integer(found('port'), 0, 65_535);
  // A secret is not repeated in what is said of it.
  const secret = typeof found('secret').value === 'string' ? text(found('secret')) : undefined;
  if (port === undefined || secret === undefined) {
    const missing = port === undefined ? 'port (--metadata-port)' : 'secret (--metadata-secret), a text';
    throw new Problem('usage', `instance metadata of the region ${region} needs a ${missing}`);
  }
  return {
    host: matching(found('host'), /^[\w.:%-]+$/, 'a name or an address') ?? '127.0.0.1',
    port,
    secret,
    nova: address(found('nova')),
  };
}

function address(found: Found): string | undefined {
  const given = text(found);
  if (given === undefined) return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const plain = url !== undefined && url.username === '' && url.search === '' && url.hash === '';
  return plain && /^https?:$/.test(url.protocol) ? given : refuse(found, 'an address http://… or https://…');
}

function mapping(value: unknown, source: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse({ value, source }, 'a mapping');
  return value as Readonly<Record<string, unknown>>;
}
