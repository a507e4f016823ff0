import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { quotaNames } from '../../cloud/quota/quota.ts';
import { type OpenStackSettings, readSettings as readOpenStack } from '../../drivers/openstack/settings.ts';
import { type QemuSettings, readSettings as readQemu } from '../../drivers/qemu/settings.ts';
import { readSettings, type SimulatorSettings } from '../../drivers/simulator/settings.ts';
import { type MetadataSettings, readMetadata } from './metadata.ts';
import { defaultData, type Option, serveOptions, variableOf } from './options.ts';
import { Problem } from './problem.ts';
import { perRegion } from './regionSettings.ts';
import { choice, databaseUrl, type Found, integer, matching, refuse, text, truth } from './values.ts';

/** Everything a serving process is told, checked. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly memory: boolean;
  readonly database: string | undefined;
  readonly keyFile: string | undefined;
  readonly auth: 'open' | 'keys' | 'keystone';
  readonly openToNetwork: boolean;
  /** Region names and their drivers, in the order given; empty: every public region, simulated. */
  readonly regions: readonly (readonly [name: string, driver: DriverName])[];
  readonly defaultRegion: string | undefined;
  readonly time: 'real' | 'virtual';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly simulator: SimulatorSettings;
  /** By the names of the regions whose driver is openstack. */
  readonly openstack: Readonly<Record<string, OpenStackSettings>>;
  /** By the names of the regions whose driver is qemu. */
  readonly qemu: Readonly<Record<string, QemuSettings>>;
  /** Places where Neutron's metadata agent expects Nova, by the names of their regions. */
  readonly metadata: Readonly<Record<string, MetadataSettings>>;
  readonly quotas: Readonly<Record<string, number>>;
}

const driverNames = ['simulator', 'openstack', 'qemu'] as const;
export type DriverName = (typeof driverNames)[number];

type Raw = Readonly<Record<string, unknown>>;

const regionName = /^[a-z][a-z0-9-]{0,62}$/;

/** Keys that only the configuration file has. */
const fileOnly = ['simulator', 'openstack', 'qemu', 'metadata', 'quotas'];

/** Joins the command line, the environment and the configuration file, in this order of precedence, and checks all of it. */
export function readSettingsFrom(flags: Raw, environment: Readonly<Record<string, string | undefined>>): Settings {
  const configFile =
    (flags.config as string | undefined) ?? (environment[variableOf(serveOptions.config)] || undefined);
  const file = configFile === undefined ? {} : readFile(configFile);
  const get = (name: keyof typeof serveOptions): Found => {
    const option: Option = serveOptions[name];
    if (flags[name] !== undefined) return { value: flags[name], source: `--${option.flag}` };
    const variable = variableOf(option);
    if (environment[variable] !== undefined && environment[variable] !== '')
      return { value: environment[variable], source: variable };
    return { value: file[option.flag] ?? undefined, source: `${option.flag} in ${configFile}` };
  };
  const named = regions(get('region'));
  const below = { regions: named, file: configFile };
  const settings: Settings = {
    port: integer(get('port'), 0, 65_535) ?? 4566,
    host: matching(get('host'), /^[\w.:%-]+$/, 'a name or an address') ?? '127.0.0.1',
    data: text(get('data')) ?? defaultData(),
    memory: truth(get('memory')),
    database: databaseUrl(get('database')),
    keyFile: text(get('keyFile')),
    auth: choice(get('auth'), ['open', 'keys', 'keystone']) ?? 'open',
    openToNetwork: truth(get('openToNetwork')),
    regions: named,
    defaultRegion: matching(get('defaultRegion'), regionName, 'the name of a region'),
    time: choice(get('time'), ['real', 'virtual']) ?? 'real',
    logLevel: choice(get('logLevel'), ['debug', 'info', 'warn', 'error', 'silent']) ?? 'info',
    simulator: simulator(file.simulator, configFile),
    openstack: perRegion({ ...below, driver: 'openstack', value: file.openstack }, openstackRegion),
    qemu: perRegion({ ...below, driver: 'qemu', value: file.qemu }, readQemu),
    metadata: readMetadata(
      {
        host: get('metadataHost'),
        port: get('metadataPort'),
        secret: get('metadataSecret'),
        nova: get('metadataNova'),
      },
      file.metadata,
      named.filter(([, driver]) => driver === 'openstack').map(([name]) => name),
      configFile,
    ),
    quotas: quotas(file.quotas, configFile),
  };
  if (settings.memory && settings.database !== undefined) {
    throw new Problem('usage', '--memory and --database contradict each other: the store is one or the other');
  }
  if (settings.auth === 'keystone' && Object.keys(settings.openstack).length === 0) {
    throw new Problem('usage', '--auth keystone needs a region whose driver is openstack');
  }
  return settings;
}

function readFile(path: string): Raw {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Problem(
      'usage',
      `the configuration file ${path} cannot be read: ${(error as Error).message.split('\n')[0]}`,
    );
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw new Problem('usage', `the configuration file ${path} is not a mapping`);
  const { config: _, ...options } = serveOptions;
  const known = new Set([...Object.values(options).map((o) => o.flag as string), ...fileOnly]);
  for (const key of Object.keys(content)) {
    if (!known.has(key)) throw new Problem('usage', `the configuration file ${path} has the unknown key '${key}'`);
  }
  return content as Raw;
}

/** `NAME=DRIVER` many times, a comma-separated text, or a mapping. */
function regions(found: Found): Settings['regions'] {
  const { value } = found;
  if (value === undefined) return [];
  const pairs =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value as Record<string, unknown>).map(([name, driver]) => `${name}=${String(driver)}`)
      : (Array.isArray(value) ? value : String(value).split(',')).map(String);
  const seen = new Set<string>();
  return pairs.map((pair) => {
    const [name = '', driver = '', ...rest] = pair.split('=');
    if (!regionName.test(name) || driver === '' || rest.length > 0)
      return refuse({ ...found, value: pair }, 'NAME=DRIVER with a lower-case name');
    const known = driverNames.find((each) => each === driver);
    if (known === undefined)
      return refuse({ ...found, value: pair }, `NAME=DRIVER with a driver that exists (${driverNames.join(', ')})`);
    if (seen.has(name)) return refuse({ ...found, value: pair }, 'a list of different names');
    seen.add(name);
    return [name, known] as const;
  });
}

function simulator(value: unknown, file: string | undefined): SimulatorSettings {
  try {
    return readSettings(value ?? {});
  } catch (error) {
    throw new Problem('usage', `simulator in ${file}: ${(error as Error).message}`);
  }
}

function openstackRegion(name: string, value: unknown): OpenStackSettings {
  if (value === undefined)
    throw new Problem('usage', `the region ${name} needs settings below openstack.${name} in the configuration file`);
  return readOpenStack(value);
}

function quotas(value: unknown, file: string | undefined): Settings['quotas'] {
  if (value === undefined || value === null) return {};
  const source = `quotas in ${file}`;
  if (typeof value !== 'object' || Array.isArray(value)) return refuse({ value, source }, 'a mapping');
  for (const [name, limit] of Object.entries(value)) {
    if (!(quotaNames as readonly string[]).includes(name))
      throw new Problem('usage', `${source}: there is no quota '${name}'; there are ${quotaNames.join(', ')}`);
    const found = { value: limit, source: `${name} in ${source}` };
    if (typeof limit !== 'number') return refuse(found, 'a whole number');
    integer(found, 0, Number.MAX_SAFE_INTEGER);
  }
  return value as Record<string, number>;
}
