import { createHash } from 'node:crypto';
import { entriesOf, rowOf } from '../context/rows.ts';
import type { Keeping } from './accounts.ts';
import { type AccountRow, account, everywhere } from './rows.ts';

/** A project of a cloud that has its own identity service. */
export interface Project {
  /** The name that the configuration has for the cloud: a project id says nothing without it. */
  readonly cloud: string;
  /** The cloud's own id of the project. */
  readonly id: string;
  readonly name: string;
}

const nameOf = ({ cloud, id }: Pick<Project, 'cloud' | 'id'>): string => `${cloud}/${id}`;

/**
 * The account that stands for a project: made when it is first asked for, and the same ever after, in every process. Its
 * id comes of the project's, so that a store that is lost and made anew gives the same ids.
 */
export async function accountOfProject(keeping: Keeping, project: Project): Promise<string> {
  for (;;) {
    const { id, known } = await accountFor(keeping, project);
    if (known || (await make(keeping, project, id))) return id;
  }
}

/** An account that stands for a project, or will when it is first asked for. */
export interface Standing {
  readonly id: string;
  /** Whether it is there already. */
  readonly known: boolean;
}

/** The account of a project, without making it: for what a project has that nobody has used here yet. */
export async function accountFor({ store }: Pick<Keeping, 'store'>, project: Omit<Project, 'name'>): Promise<Standing> {
  for (let attempt = 0; ; attempt++) {
    const id = accountId(nameOf(project), attempt);
    const [item] = await store.read.items({ kind: account.kind, region: everywhere, account: id, ids: [id] });
    if (item === undefined) return { id, known: false };
    // Somebody else may have the id.
    if (rowOf<AccountRow>(item).project === nameOf(project)) return { id, known: true };
  }
}

/** Whether the account now stands for the project; false when it is another's. */
async function make({ store, clock }: Keeping, project: Project, id: string): Promise<boolean> {
  return store.write({ account: id, region: everywhere }, async (writer) => {
    const [there] = await writer.items({ kind: account.kind, region: everywhere, account: id, ids: [id] });
    // Another process, or another request, may have been first.
    if (there !== undefined) return rowOf<AccountRow>(there).project === nameOf(project);
    const row: AccountRow = {
      id,
      account: id,
      region: everywhere,
      createdAt: clock.now(),
      tags: {},
      name: project.name,
      project: nameOf(project),
    };
    const entries = entriesOf(account, row);
    await writer.insert([
      { account: id, region: everywhere, kind: account.kind, id, body: JSON.stringify(row), entries },
    ]);
    return true;
  });
}

/** The cloud's own id of the project that an account stands for in a cloud; undefined when it stands for none there. */
export async function projectOfAccount(
  { store }: Pick<Keeping, 'store'>,
  cloud: string,
  id: string,
): Promise<string | undefined> {
  const [item] = await store.read.items({ kind: account.kind, region: everywhere, account: id, ids: [id] });
  const project = item && rowOf<AccountRow>(item).project;
  return project?.startsWith(`${cloud}/`) ? project.slice(cloud.length + 1) : undefined;
}

/** Twelve digits of which the first is not 0. */
function accountId(project: string, attempt: number): string {
  const digest = createHash('sha256').update(`${project}/${attempt}`).digest();
  return String(100_000_000_000n + (digest.readBigUInt64BE() % 900_000_000_000n));
}
