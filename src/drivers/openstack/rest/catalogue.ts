import type { OpenStackSettings, ServiceType } from '../settings.ts';
import { OpenStackError } from '../trouble.ts';

/** A service in Keystone's catalogue. */
export interface CatalogueService {
  readonly type: string;
  readonly endpoints: readonly {
    readonly interface: string;
    readonly region?: string | null;
    readonly region_id?: string | null;
    readonly url: string;
  }[];
}

/**
 * Names under which a service is listed, the best first. From the OpenStack service-types authority,
 * less the ones that mean another major version (volumev2).
 */
const listedAs: Readonly<Record<ServiceType, readonly string[]>> = {
  compute: ['compute'],
  image: ['image'],
  'block-storage': ['block-storage', 'volumev3', 'block-store', 'volume'],
  network: ['network'],
  identity: ['identity'],
  placement: ['placement'],
};

/** The version at the end of an address: services are listed with it or without. Placement has none. */
const versions: Readonly<Partial<Record<ServiceType, string>>> = {
  compute: 'v2.1',
  image: 'v2',
  'block-storage': 'v3',
  network: 'v2.0',
  identity: 'v3',
};

export type Whereabouts = Pick<OpenStackSettings, 'region' | 'interface' | 'endpoints'>;

/**
 * The address of a service with its version, without a slash at the end. `project` is what Cinder has in its path
 * (needed before API 3.67). Throws an OpenStackError `invalid` that says what the catalogue has.
 */
export function endpointOf(
  type: ServiceType,
  catalogue: readonly CatalogueService[],
  where: Whereabouts,
  project: string,
): string {
  const given = where.endpoints[type];
  return complete(type, given ?? listed(type, catalogue, where), project);
}

function listed(type: ServiceType, catalogue: readonly CatalogueService[], where: Whereabouts): string {
  const named = listedAs[type].map((name) => catalogue.find((service) => service.type === name));
  const endpoints = named.flatMap((service) => service?.endpoints ?? []);
  const reachable = endpoints.filter((endpoint) => endpoint.interface === where.interface);
  const regionOf = (endpoint: (typeof endpoints)[number]) => endpoint.region_id ?? endpoint.region;
  const { region } = where;
  const here = region === undefined ? reachable : reachable.filter((endpoint) => regionOf(endpoint) === region);
  const regions = new Set(here.map(regionOf));
  const first = here[0];
  if (first !== undefined && regions.size === 1) return first.url;
  const has = endpoints.map((endpoint) => `${endpoint.interface} in ${regionOf(endpoint)}`).join(', ') || 'none';
  const wanted = `${where.interface} endpoint of ${type}${region === undefined ? '' : ` in region ${region}`}`;
  const problem = first === undefined ? `no ${wanted}` : `more than one region with a ${wanted}; name one`;
  throw new OpenStackError('invalid', `the catalogue of Keystone has ${problem} (it has ${has})`, { reached: true });
}

function complete(type: ServiceType, address: string, project: string): string {
  const bare = address.replace(/\/+$/, '');
  const version = versions[type];
  const hasOne = version === undefined || /\/v\d+(\.\d+)?(\/|$)/.test(new URL(bare).pathname);
  const versioned = hasOne ? bare : `${bare}/${version}`;
  return type === 'block-storage' && versioned.endsWith('/v3') ? `${versioned}/${project}` : versioned;
}
