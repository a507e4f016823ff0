import { DriverError } from '../../ports/driver.ts';
import type { Session } from './rest/session.ts';
import type { Credential } from './settings/credentials.ts';

/** Where an account's things are: a project, and a session in it. */
export interface Place {
  readonly project: string;
  readonly session: Session;
}

/** Throws a DriverError `denied` when the account stands for no project of the cloud. */
export type PlaceOf = (account: string) => Promise<Place>;

/** The account of callers that name none. */
export const usual = '000000000000';

export interface PlacesParts {
  /** Of the user that works for everyone. */
  readonly session: Session;
  /** The project (id) of an account, where one is known; the session's own project is the usual account's. */
  readonly projectOf: (account: string) => Promise<string | undefined>;
  /** Application credentials that are used instead of that user, by account or project. */
  readonly credentials: Readonly<Record<string, Credential>>;
}

export function createPlaces({ session, projectOf, credentials }: PlacesParts): PlaceOf {
  const withCredential = new Map<string, Session>();
  const sessionOf = (credential: Credential, project: string | undefined): Session => {
    const key = `${credential.id}/${project}`;
    const known = withCredential.get(key) ?? session.withCredential(credential, project);
    withCredential.set(key, known);
    return known;
  };
  return async (account) => {
    const project = await projectOf(account);
    const credential = credentials[account] ?? (project === undefined ? undefined : credentials[project]);
    if (credential !== undefined) {
      const theirs = sessionOf(credential, project);
      // A credential says itself which project it is of.
      const own = project ?? (await theirs.token()).projectId;
      if (own !== undefined) return { project: own, session: theirs };
    }
    if (project !== undefined) return { project, session: session.scopedTo(project) };
    const own = account === usual ? (await session.token()).projectId : undefined;
    if (own !== undefined) return { project: own, session };
    throw new DriverError('denied', `the account ${account} stands for no project of this cloud`);
  };
}

/** The project of an account, or undefined where it stands for none. */
export const projectFrom =
  (placeOf: PlaceOf) =>
  (account: string): Promise<string | undefined> =>
    placeOf(account).then(
      ({ project }) => project,
      (error: unknown) => {
        if (error instanceof DriverError && error.trouble === 'denied') return undefined;
        throw error;
      },
    );
