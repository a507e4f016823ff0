import type { InstanceRow } from '../../../cloud/instance/row.ts';
import type { Clock } from '../../../ports/clock.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Foreign } from '../../../ports/foreign.ts';
import type { Log } from '../../../ports/log.ts';
import type { MetadataService } from '../service.ts';
import type { AskedFor } from './agent.ts';

export interface WhoseParts {
  readonly metadata: Pick<MetadataService, 'find'>;
  readonly region: string;
  readonly foreign: Pick<Foreign, 'machineOf' | 'projectOf' | 'accountOf'>;
  /** Brings the instances of an account up to what others made in the cloud. */
  readonly catchUp: (account: string) => Promise<unknown> | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** For how long a server that is none of ours is taken for that without another look, in milliseconds. */
const strangerMs = 60_000;
/** So many of them are remembered. */
const most = 10_000;
/** How long a guest waits for a cloud that has to be asked whose it is, and how long that cloud is then left alone. */
const patienceMs = 2_000;
const pauseMs = 5_000;

/** The instance that a server is; undefined where it is none of ours; `other` where it is one of another project. */
export type Whose = (asked: AskedFor) => Promise<InstanceRow | 'other' | undefined>;

/**
 * Finds the instance of a server. One that others made in a project whose account uses this API is adopted for that: from
 * its first question on it hears the id under which the account sees it. While the cloud cannot be asked, a server that
 * has no id here yet is taken for a stranger: it shall not lose Nova's metadata for that.
 */
export function createWhose({ metadata, region, foreign, catchUp, clock, log }: WhoseParts): Whose {
  const strangers = new Map<string, number>();
  let restUntil = Number.NEGATIVE_INFINITY;
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
  /** Undefined: it is a stranger now; for a while, where the cloud said so. */
  const newcomer = async (asked: AskedFor): Promise<InstanceRow | undefined> => {
    if (Math.max(strangers.get(asked.server) ?? 0, restUntil) > clock.now()) return undefined;
    try {
      const row = await inTime(clock, adopted(asked));
      if (row !== undefined) return row;
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      restUntil = clock.now() + pauseMs;
      log.warn(
        { err: error, server: asked.server },
        'the cloud cannot say whose server asks for metadata; it gets Nova’s',
      );
      return undefined;
    }
    if (strangers.size >= most) strangers.clear();
    strangers.set(asked.server, clock.now() + strangerMs);
    return undefined;
  };
  return async (asked) => {
    const row = (await known(asked.server)) ?? (await newcomer(asked));
    if (row === undefined) return undefined;
    return (await foreign.projectOf?.(row.account)) === asked.project ? row : 'other';
  };
}

/** Throws a DriverError when it takes too long; the work itself goes on. */
async function inTime<T>(clock: Clock, work: Promise<T>): Promise<T> {
  let late = (): void => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    late = () => reject(new DriverError('unavailable', `no answer within ${patienceMs} ms`));
  });
  const timer = clock.at(clock.now() + patienceMs, late);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    timer.cancel();
  }
}
