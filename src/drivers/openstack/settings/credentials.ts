import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { absolute, type Places } from './clouds.ts';
import { type Members, members, SettingsError, text, wrong } from './settings-values.ts';

/** An application credential: works in one project, in the name of who made it. */
export interface Credential {
  readonly id: string;
  readonly secret: string;
}

/**
 * The application credentials of accounts, by the account's 12 digits or the project's id. Each is the path of a file (YAML or
 * JSON, as `openstack application credential create -f yaml` prints it), or the same in place. Throws a SettingsError,
 * which never shows what is in a file.
 */
export function readCredentials(given: unknown, places: Places): Readonly<Record<string, Credential>> {
  if (given === undefined || given === null) return {};
  const entries = Object.entries(members(given, 'credentials')).map(([whose, value]) => {
    if (!/^(\d{12}|[0-9a-f]{32}|[0-9a-f-]{36})$/.test(whose))
      throw wrong('credentials', `a mapping of 12-digit accounts or project ids, which ${whose} is not`);
    const key = `credentials.${whose}`;
    const said = typeof value === 'string' ? fileOf(value, key, places) : members(value, key, ['id', 'secret']);
    return [whose, { id: text(said.id, `${key}.id`), secret: text(said.secret, `${key}.secret`) }] as const;
  });
  return Object.fromEntries(entries);
}

function fileOf(path: string, key: string, places: Places): Members {
  try {
    return members(parse(readFileSync(absolute(path, places), 'utf8')), key);
  } catch (error) {
    if (error instanceof SettingsError) throw wrong(key, `a file with id and secret, which ${path} is not`);
    // Only the first line: what follows in a parser's message shows the file.
    const why = (error as Error).message.split('\n')[0];
    throw new SettingsError(`openstack setting "${key}" names a file that cannot be read: ${why}`, { cause: error });
  }
}
