import { usual } from './places.ts';
import type { Session } from './rest/session.ts';

/** The account that stands for a project; foretold for one that nobody has used here yet. */
export type AccountOf = (project: string) => Promise<string>;

/** An account that is known to stand for a project, or that will. */
export interface Standing {
  readonly id: string;
  readonly known: boolean;
}

/**
 * The way back from projects to accounts: what the configuration says, then what Keystone has said, then, for the
 * session's own project, the usual account.
 *
 * @param projects of the configuration, by account
 */
export const createAccountOf =
  (
    session: Session,
    projects: Readonly<Record<string, string>>,
    standing: (project: string) => Promise<Standing>,
  ): AccountOf =>
  async (project) => {
    const said = Object.entries(projects).find(([, one]) => one === project)?.[0];
    if (said !== undefined) return said;
    const { id, known } = await standing(project);
    if (known) return id;
    return (await session.token()).projectId === project ? usual : id;
  };

/** The accounts of projects, by project, each asked for once. Nobody's project is the project ''. */
export async function accountsOf(
  projects: readonly (string | null)[],
  accountOf: AccountOf,
): Promise<ReadonlyMap<string, string>> {
  const found = [...new Set(projects.map((project) => project ?? ''))];
  return new Map(await Promise.all(found.map(async (project) => [project, await accountOf(project)] as const)));
}
