import type { Reader } from '../../ports/store.ts';
import type { Connection } from './connection.ts';

/**
 * A command beside the server (a key that is disabled, say) is seen after this time at the latest, in milliseconds. Each
 * request asks for revisions; a look into the file for each would be a sixth of all its cost.
 */
const lookAgainMs = 10;

/** Most revisions remembered; scopes are up to the clients. */
const most = 10_000;

export interface RememberedRevisions {
  readonly revision: Reader['revision'];
  /** To be called after every commit of this process, before anyone is told of it. */
  forget(): void;
}

/** Revisions from memory for as long as nothing was committed: by this process at once, by another within the time above. */
export function rememberedRevisions(read: Connection, from: Reader): RememberedRevisions {
  let known = new Map<string, number>();
  let version: unknown;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    const now = performance.now();
    if (now - lookedAt < lookAgainMs) return;
    lookedAt = now;
    // SQLite counts the commits of other connections there.
    const found = read.one('pragma data_version', [])?.[0];
    if (found !== version || known.size > most) known = new Map();
    version = found;
  };
  return {
    revision: async (scope, kinds) => {
      look();
      const key = `${scope.account}/${scope.region}/${kinds.join()}`;
      const remembered = known.get(key);
      if (remembered !== undefined) return remembered;
      // What is read here before a commit must not be remembered behind it.
      const current = known;
      const value = await from.revision(scope, kinds);
      current.set(key, value);
      return value;
    },
    forget: () => {
      known = new Map();
    },
  };
}
