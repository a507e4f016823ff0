import type { InstanceRow } from '../../../cloud/instance/row.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Foreign } from '../../../ports/foreign.ts';
import type { MetadataService } from '../service.ts';
import type { AskedFor } from './agent.ts';

export interface WhoseParts {
  readonly metadata: Pick<MetadataService, 'find'>;
  readonly region: string;
  readonly foreign: Pick<Foreign, 'machineOf' | 'projectOf' | 'accountOf'>;
  /** Brings the instances of an account up to what others made in the cloud. */
  readonly catchUp: (account: string) => Promise<unknown> | undefined;
  readonly clock: Clock;
}

/** For how long a server that is none of ours is taken for that without another look, in milliseconds. */
const strangerMs = 60_000;
/** So many of them are remembered. */
const most = 10_000;

/** The instance that a server is; undefined where it is none of ours; `other` where it is one of another project. */
export type Whose = (asked: AskedFor) => Promise<InstanceRow | 'other' | undefined>;

/**
 * Finds the instance of a server. One that others made in a project whose account uses this API is adopted for that: from
 * its first question on it hears the id under which the account sees it.
 */
export function createWhose({ metadata, region, foreign, catchUp, clock }: WhoseParts): Whose {
  const strangers = new Map<string, number>();
  const known = async (server: string): Promise<InstanceRow | undefined> => {
    const signal = AbortSignal.timeout(5_000);
    const id = await foreign.machineOf?.(server, { account: '*', region, operation: `metadata of ${server}`, signal });
    return id === undefined ? undefined : metadata.find(region, id);
  };
  const adopted = async ({ server, project }: AskedFor): Promise<InstanceRow | undefined> => {
    const account = await foreign.accountOf?.(project);
    if (account === undefined || (await foreign.projectOf?.(account)) !== project) return undefined;
    await catchUp(account);
    return known(server);
  };
  return async (asked) => {
    let row = await known(asked.server);
    if (row === undefined && !((strangers.get(asked.server) ?? 0) > clock.now())) {
      row = await adopted(asked);
      if (row === undefined) {
        if (strangers.size >= most) strangers.clear();
        strangers.set(asked.server, clock.now() + strangerMs);
      }
    }
    if (row === undefined) return undefined;
    return (await foreign.projectOf?.(row.account)) === asked.project ? row : 'other';
  };
}
