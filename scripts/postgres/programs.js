// @ts-check
/** Finds PostgreSQL's programs and the user they may run as. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** PostgreSQL, or a user to run it as, is not there. The message is for the person at the keyboard. */
export class NoPostgres extends Error {}

/** Where Debian keeps one folder a major version. */
const debian = '/usr/lib/postgresql';

/** @returns {string} the folder that holds initdb and postgres, of the newest version when there are several */
export function programs() {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
  if (found) return found;
  throw new NoPostgres(
    `PostgreSQL is not installed: no initdb under ${debian} or in PATH (on Debian: apt-get install postgresql).`,
  );
}

/**
 * PostgreSQL refuses to run as root; root runs it as `postgres` or, failing that, `nobody`.
 * @returns {{ uid: number, gid: number } | undefined} undefined: as ourselves
 */
export function servant() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((flag) => idOf(name, flag));
    if (ids[0] && ids[1]) return { uid: ids[0], gid: ids[1] };
  }
  throw new NoPostgres('PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as.');
}

/**
 * @param {string} name of a user
 * @param {string} flag of id(1)
 * @returns {number | undefined} undefined when there is no such user
 */
function idOf(name, flag) {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 1) return undefined;
    throw error;
  }
}
