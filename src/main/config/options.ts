import { homedir } from 'node:os';
import { join } from 'node:path';

/** One setting: its name on the command line, in the environment (`ELSEWHERE_…`) and in the configuration file. */
export interface Option {
  readonly flag: string;
  /** Placeholder of the value; absent for a switch. */
  readonly value?: string;
  readonly doc: string;
  readonly many?: boolean;
}

/** Where data is kept unless said otherwise (XDG base directory specification). */
export const defaultData = (): string =>
  join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'elsewhere');

/** Settings of the store, shared by every command. */
export const storeOptions = {
  data: { flag: 'data', value: 'DIR', doc: 'folder of the database and the key file' },
  memory: { flag: 'memory', doc: 'keep nothing: the store is gone when the server stops' },
  database: { flag: 'database', value: 'URL', doc: 'PostgreSQL to use instead of the embedded SQLite (postgres://…)' },
  keyFile: {
    flag: 'key-file',
    value: 'FILE',
    doc: 'the key that seals secrets; the same for all processes on one database',
  },
  config: { flag: 'config', value: 'FILE', doc: 'settings in YAML; the command line and the environment win' },
} as const satisfies Record<string, Option>;

/** Settings of a serving or working process. */
export const serveOptions = {
  port: { flag: 'port', value: 'PORT', doc: 'port of every API (0: any free one)' },
  host: { flag: 'host', value: 'HOST', doc: 'address to listen at' },
  ...storeOptions,
  auth: {
    flag: 'auth',
    value: 'MODE',
    doc: 'open (any key, for development), keys (signatures verified) or keystone (OpenStack verifies them)',
  },
  openToNetwork: { flag: 'open-to-network', doc: 'allow auth mode open at addresses other than loopback' },
  region: {
    flag: 'region',
    value: 'NAME=DRIVER',
    doc: 'a region and the cloud behind it (simulator, openstack or qemu); may be repeated',
    many: true,
  },
  defaultRegion: { flag: 'default-region', value: 'NAME', doc: 'the region of requests that name none' },
  metadataPort: {
    flag: 'metadata-port',
    value: 'PORT',
    doc: 'where Neutron’s metadata agent finds the instance metadata of the OpenStack region',
  },
  metadataHost: { flag: 'metadata-host', value: 'HOST', doc: 'address to listen at for it' },
  metadataSecret: {
    flag: 'metadata-secret',
    value: 'TEXT',
    doc: 'the secret that it signs with (metadata_proxy_shared_secret)',
  },
  metadataNova: {
    flag: 'metadata-nova',
    value: 'URL',
    doc: 'Nova’s own metadata API, for /openstack and for servers that are not of this server',
  },
  time: { flag: 'time', value: 'MODE', doc: 'real, or virtual: the simulator’s waits take no time' },
  logLevel: { flag: 'log-level', value: 'LEVEL', doc: 'debug, info, warn, error or silent' },
} as const satisfies Record<string, Option>;

/** The environment variable of a setting. */
export const variableOf = (option: Option): string => `ELSEWHERE_${option.flag.toUpperCase().replaceAll('-', '_')}`;
