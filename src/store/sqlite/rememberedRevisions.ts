import type { Reader, Scope } from '../../ports/store.ts';
import type { Touched } from '../repository/revisions.ts';
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
  /** This process begins to write, and nobody else can until `committed` or `failed`. */
  begins(): void;
  /** This process has committed, and nobody is told of it yet: which revisions it has raised. */
  committed(touched: readonly Touched[]): void;
  /** Nothing was committed. */
  failed(): void;
}

/**
 * Revisions from memory until they are raised: by this process at once, by another within the time above.
 * @param write Its own commits are not counted as another's.
 * @param others Called when another process has committed, whoever looked: all that is known may be out of date.
 */
export function rememberedRevisions(write: Connection, from: Reader, others: () => void): RememberedRevisions {
  /** For each scope, by the kinds that were asked for. Those who ask at the same time share an answer. */
  const known = new Map<string, Map<string, Promise<number>>>();
  let version: unknown;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let writing = false;
  const look = (): void => {
    lookedAt = performance.now();
    // SQLite counts the commits of other connections there: those of the connection that reads are none.
    const found = write.one('pragma data_version', [])?.[0];
    if (found !== version) others();
    if (found !== version || known.size > most) known.clear();
    version = found;
  };
  return {
    begins: () => {
      look();
      writing = true;
    },
    failed: () => {
      writing = false;
    },
    revision: (scope, kinds) => {
      // While this process writes there is nothing to see, and the connection may be busy with a commit.
      if (!writing && performance.now() - lookedAt >= lookAgainMs) look();
      const key = keyOf(scope);
      let mine = known.get(key);
      if (mine === undefined) {
        mine = new Map();
        known.set(key, mine);
      }
      const asked = kinds.join();
      let revision = mine.get(asked);
      if (revision === undefined) {
        revision = from.revision(scope, kinds);
        mine.set(asked, revision);
        revision.catch(() => mine.delete(asked));
      }
      return revision;
    },
    committed: (touched) => {
      writing = false;
      for (const scope of touched) {
        const theirs = known.get(keyOf(scope));
        if (theirs === undefined) continue;
        for (const asked of theirs.keys()) if (asked.split(',').includes(scope.kind)) theirs.delete(asked);
      }
    },
  };
}

const keyOf = ({ account, region }: Scope): string => `${account}\n${region}`;
