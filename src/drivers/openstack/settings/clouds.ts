import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { type Members, members, SettingsError } from './settings-values.ts';

/** Where files are looked for. */
export interface Places {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
}

/**
 * The entry of a cloud in clouds.yaml, with secure.yaml laid over it.
 * Searched as openstacksdk documents it: OS_CLIENT_CONFIG_FILE (OS_CLIENT_SECURE_FILE), then the working folder,
 * ~/.config/openstack and /etc/openstack; the first file found is the only one. A `file` given is read instead.
 */
export function readCloud(name: string, file: string | undefined, places: Places): Members {
  const path = file === undefined ? find('clouds', places.env.OS_CLIENT_CONFIG_FILE, places) : absolute(file, places);
  if (path === undefined) {
    throw new SettingsError(`openstack setting "cloud" names ${name}, but no clouds.yaml was found`);
  }
  const secure = find('secure', places.env.OS_CLIENT_SECURE_FILE, places);
  const cloud = cloudsOf(path)[name];
  if (cloud === undefined) {
    const known = Object.keys(cloudsOf(path)).join(', ') || 'none';
    throw new SettingsError(`openstack setting "cloud" names ${name}, which ${path} does not have; it has ${known}`);
  }
  const entry = members(cloud, `cloud ${name}`);
  const odd = entry.profile ?? entry.cloud;
  if (odd !== undefined) {
    throw new SettingsError(`cloud ${name} in ${path} uses the vendor profile ${String(odd)}; write its values out`);
  }
  return secure === undefined ? entry : overlay(entry, cloudsOf(secure)[name] ?? {});
}

/** A path of the configuration: `~/` is the home folder, and what is not absolute is below the working folder. */
export const absolute = (file: string, { cwd, home }: Places): string => {
  const path = file.startsWith('~/') ? join(home, file.slice(2)) : file;
  return isAbsolute(path) ? path : join(cwd, path);
};

function find(stem: 'clouds' | 'secure', named: string | undefined, { cwd, home }: Places): string | undefined {
  const folders = [cwd, join(home, '.config', 'openstack'), '/etc/openstack'];
  const paths = folders.flatMap((folder) => ['yaml', 'yml', 'json'].map((suffix) => join(folder, `${stem}.${suffix}`)));
  return [...(named ? [named] : []), ...paths].find((path) => existsSync(path));
}

function cloudsOf(path: string): Members {
  try {
    const content: unknown = parse(readFileSync(path, 'utf8'));
    return members(members(content ?? {}, path).clouds ?? {}, `clouds in ${path}`);
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    // Only the first line: what follows in a parser's message shows the file, which may hold secrets.
    const why = (error as Error).message.split('\n')[0];
    throw new SettingsError(`${path} cannot be read: ${why}`, { cause: error });
  }
}

/** Laid over member by member, at every depth. */
function overlay(below: Members, above: unknown): Members {
  const merged: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(members(above, 'secure.yaml'))) {
    const under = merged[name];
    merged[name] = isMapping(under) && isMapping(value) ? overlay(under, value) : value;
  }
  return merged;
}

const isMapping = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
