import { DriverError } from '../../ports/driver.ts';
import type { Session } from './rest/session.ts';

/** Where an account's things are: a project, and a session in it. */
export interface Place {
  readonly project: string;
  readonly session: Session;
}

/** Throws a DriverError `denied` when the account stands for no project of the cloud. */
export type PlaceOf = (account: string) => Promise<Place>;

/** The account of callers that name none. */
export const usual = '000000000000';

/**
 * @param session of the user that works for everyone
 * @param projectOf the project (id) of an account, where one is known; the session's own project is the usual account's
 */
export function createPlaces(session: Session, projectOf: (account: string) => Promise<string | undefined>): PlaceOf {
  return async (account) => {
    const project = await projectOf(account);
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
