import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { type Auth, readAuth } from './settings/auth.ts';
import { type Places, readCloud } from './settings/clouds.ts';
import { type Credential, readCredentials } from './settings/credentials.ts';
import {
  type Members,
  members,
  milliseconds,
  oneOf,
  SettingsError,
  textIfGiven,
  textMap,
  truth,
  wrong,
} from './settings/settings-values.ts';

/** The services that we call, by the names of the service-types authority. */
export const serviceTypes = ['compute', 'image', 'block-storage', 'network', 'identity', 'placement'] as const;
export type ServiceType = (typeof serviceTypes)[number];

/** How a connection is secured. All are PEM texts, not paths. */
export interface Tls {
  /** Whether the service's certificate is checked. */
  readonly verify: boolean;
  /** Certificate authorities that are trusted instead of the system's. */
  readonly ca?: string;
  /** Our own certificate and its key, where the service wants one. */
  readonly cert?: string;
  readonly key?: string;
}

/** Time-outs of one attempt, in milliseconds. */
export interface Timeouts {
  readonly connect: number;
  /** From the request until the answer begins. */
  readonly headers: number;
  /** Between two parts of an answer. */
  readonly body: number;
}

/** What the configuration file says of a region with this driver. */
export interface OpenStackSettings {
  readonly auth: Auth;
  /** OpenStack's name of the region; may be absent where the catalogue has only one. */
  readonly region: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
  readonly tls: Tls;
  /** Addresses to use instead of the catalogue's. */
  readonly endpoints: Readonly<Partial<Record<ServiceType, string>>>;
  /** EC2 instance types that stand for flavors: `t3.micro` → `m1.tiny`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** EC2 volume types that stand for types of Cinder: `gp3` → `ssd`. */
  readonly volumeTypes: Readonly<Record<string, string>>;
  /** Ids of the projects that accounts stand for, by account, where Keystone does not say (auth mode `keys` and `open`). */
  readonly projects: Readonly<Record<string, string>>;
  /** Application credentials that are used instead of `auth`, by account or project. */
  readonly credentials: Readonly<Record<string, Credential>>;
  readonly timeouts: Timeouts;
}

export const defaultTimeouts: Timeouts = { connect: 5_000, headers: 60_000, body: 30_000 };

const own = [
  'cloud',
  'clouds',
  'auth',
  'auth_type',
  'region',
  'interface',
  'cacert',
  'cert',
  'key',
  'verify',
  'endpoints',
  'aliases',
  'volume_types',
  'projects',
  'credentials',
  'timeouts',
];

const here = (): Places => ({ env: process.env, cwd: process.cwd(), home: homedir() });

/**
 * Reads the settings of a region: `cloud: NAME` (of clouds.yaml, or of the file that `clouds` names) or `auth: {…}`.
 * What is said beside `cloud` wins over what clouds.yaml says. Throws a SettingsError of one line.
 */
export function readSettings(given: unknown, places: Places = here()): OpenStackSettings {
  const top = members(given ?? {}, '', own);
  const name = textIfGiven(top.cloud, 'cloud');
  const file = textIfGiven(top.clouds, 'clouds');
  if (name === undefined && file !== undefined) throw wrong('clouds', 'beside "cloud", which names one of them');
  if (name !== undefined && (top.auth !== undefined || top.auth_type !== undefined))
    throw wrong('auth', 'absent where "cloud" is given');
  const cloud = name === undefined ? undefined : readCloud(name, file, places);
  const said: Members = { ...(cloud && fromCloud(cloud)), ...withoutUndefined(top) };
  return {
    auth: readAuth(said.auth, said.auth_type, cloud === undefined),
    region: textIfGiven(said.region, 'region'),
    interface: readInterface(said.interface),
    tls: readTls(said),
    endpoints: readEndpoints(said.endpoints),
    aliases: textMap(said.aliases, 'aliases'),
    volumeTypes: textMap(said.volume_types, 'volume_types'),
    projects: readProjects(said.projects),
    credentials: readCredentials(said.credentials, places),
    timeouts: readTimeouts(said.timeouts),
  };
}

/** The members of a clouds.yaml entry that we use, under our names. Others are for other programs. */
function fromCloud(cloud: Members): Members {
  const regions = Array.isArray(cloud.regions) ? cloud.regions : [];
  const first = regions.length === 1 ? (regions[0]?.name ?? regions[0]) : undefined;
  const endpoints = Object.fromEntries(
    serviceTypes.flatMap((type) => {
      const address = cloud[`${type.replace('-', '_')}_endpoint_override`];
      return address === undefined ? [] : [[type, address]];
    }),
  );
  return withoutUndefined({
    auth: cloud.auth,
    auth_type: cloud.auth_type,
    region: cloud.region_name ?? first,
    interface: cloud.interface ?? cloud.endpoint_type,
    cacert: cloud.cacert,
    cert: cloud.cert,
    key: cloud.key,
    verify: cloud.verify ?? (cloud.insecure === undefined ? undefined : !truth(cloud.insecure, 'insecure')),
    endpoints,
  });
}

const withoutUndefined = (given: Members): Members =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));

/** `publicURL` and the like are the old words for it. */
function readInterface(given: unknown): OpenStackSettings['interface'] {
  if (given === undefined) return 'public';
  const bare = typeof given === 'string' ? given.replace(/URL$/, '') : given;
  return oneOf(bare, 'interface', ['public', 'internal', 'admin']);
}

function readTls(said: Members): Tls {
  const ca = pem(said, 'cacert');
  const cert = pem(said, 'cert');
  // A certificate file may hold its key too, as the Python clients allow.
  const key = pem(said, 'key') ?? (cert?.includes('PRIVATE KEY-----') ? cert : undefined);
  if ((cert === undefined) !== (key === undefined)) throw wrong('cert', 'given together with "key"');
  return {
    verify: said.verify === undefined ? true : truth(said.verify, 'verify'),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function pem(said: Members, name: 'cacert' | 'cert' | 'key'): string | undefined {
  const path = textIfGiven(said[name], name);
  if (path === undefined) return undefined;
  try {
    const content = readFileSync(path, 'utf8');
    if (content.includes('-----BEGIN ')) return content;
  } catch (error) {
    const why = (error as Error).message.split('\n')[0];
    throw new SettingsError(`openstack setting "${name}" names a file that cannot be read: ${why}`, { cause: error });
  }
  throw wrong(name, `a PEM file, which ${path} is not`);
}

function readEndpoints(given: unknown): OpenStackSettings['endpoints'] {
  if (given !== undefined) members(given, 'endpoints', serviceTypes);
  const endpoints = textMap(given, 'endpoints');
  for (const [type, address] of Object.entries(endpoints)) {
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
      throw wrong(`endpoints.${type}`, 'an address http://… or https://…');
  }
  return endpoints;
}

function readProjects(given: unknown): OpenStackSettings['projects'] {
  const projects = textMap(given, 'projects');
  for (const account of Object.keys(projects))
    if (!/^\d{12}$/.test(account)) throw wrong('projects', `a mapping of 12-digit accounts, which ${account} is not`);
  return projects;
}

function readTimeouts(given: unknown): Timeouts {
  const asked = members(given ?? {}, 'timeouts', Object.keys(defaultTimeouts));
  const read = Object.entries(asked).map(([name, value]) => [name, milliseconds(value, `timeouts.${name}`)]);
  return { ...defaultTimeouts, ...Object.fromEntries(read) };
}
