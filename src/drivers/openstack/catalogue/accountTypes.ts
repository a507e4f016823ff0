import type { Clock } from '../../../ports/clock.ts';
import { type Call, DriverError } from '../../../ports/driver.ts';
import type { Log } from '../../../ports/log.ts';
import type { Shelf } from '../../../ports/store.ts';
import type { PlaceOf } from '../places.ts';
import { createRemembered } from '../remembered.ts';
import { type Flavor, flavors } from '../rest/nova.ts';
import { type InstanceTypes, instanceTypes, isPrivate } from './flavors.ts';
import { all } from './offered.ts';
import { sooner } from './sooner.ts';

export interface AccountTypesParts {
  readonly region: string;
  readonly placeOf: PlaceOf;
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly log: Log;
  /** Instance types that stand for flavors, by the flavors' names. */
  readonly aliases: Readonly<Record<string, string>>;
  /** What everybody may use; undefined before the catalogue is known. */
  readonly everybodys: () => Everybodys | undefined;
}

/** The flavors that everybody may use, and the types that they are. */
export interface Everybodys {
  readonly flavors: readonly Flavor[];
  readonly types: InstanceTypes;
}

/** The instance types that accounts may use: everybody's, and the private flavors that their projects have access to. */
export interface AccountTypes {
  /** As they are known. */
  of(account: string): InstanceTypes | undefined;
  /**
   * Has an account's be known as of the last 15 s, and those that are named and not known as of the last two. Costs nothing
   * where all that are named are everybody's. Throws a DriverError where nothing is known of the account.
   * @param names without them all are meant
   */
  refresh(account: string, names?: readonly string[]): Promise<void>;
}

/** How long an account's private flavors stand, and how long they do for who names one that is not among them. */
const standing = { most: 15_000, behind: 5_000 } as const;
const missing = { most: 2_000, behind: 2_000 } as const;
/** How long those wait of whose account nothing is known. */
const firstMs = 5_000;
/** How long a cloud that failed to answer is left alone. */
const pauseMs = 5_000;

/** What is known of an account, and the types that came of it with what everybody has. */
interface Own {
  readonly flavors: readonly Flavor[];
  merged?: { readonly of: Everybodys; readonly types: InstanceTypes };
}

/** Nova lists a project's private flavors to the project itself: it is asked in each, in the name of who works there. */
export function createAccountTypes(parts: AccountTypesParts): AccountTypes {
  const { region, placeOf, shelf, clock, log, aliases, everybodys } = parts;
  const own = new Map<string, Own>();
  const restUntil = new Map<string, number>();
  const keyOf = (account: string): string => `flavors/${region}/${account}`;
  const { signal } = new AbortController();

  const take = (account: string, text: string): boolean => {
    if (text === JSON.stringify(own.get(account)?.flavors)) return false;
    own.set(account, { flavors: JSON.parse(text) as readonly Flavor[] });
    return true;
  };
  const privateOf = async ({ account, signal }: Call): Promise<readonly Flavor[]> => {
    const { session } = await placeOf(account);
    const found = await all<Flavor>(flavors(session, signal));
    return found.filter(isPrivate);
  };
  const remembered = createRemembered({
    clock,
    async read(call) {
      const found = await privateOf(call).catch(noneForStrangers);
      const text = JSON.stringify(found);
      if (take(call.account, text)) await shelf.put(keyOf(call.account), text);
      return found;
    },
  });
  const recall = async (account: string): Promise<void> => {
    const text = own.has(account) ? undefined : await shelf.get(keyOf(account));
    if (text !== undefined && !own.has(account)) take(account, text);
  };
  const of = (account: string): InstanceTypes | undefined => {
    const [mine, base] = [own.get(account), everybodys()];
    if (base === undefined || mine === undefined || mine.flavors.length === 0) return base?.types;
    if (mine.merged?.of !== base)
      mine.merged = { of: base, types: instanceTypes([...base.flavors, ...mine.flavors], aliases) };
    return mine.merged.types;
  };
  const read = async (account: string, names: readonly string[] | undefined): Promise<void> => {
    const isKnown = names?.every((name) => of(account)?.byName.has(name)) ?? true;
    const call = { account, region, operation: 'instance-types', signal };
    await remembered.get(call, isKnown ? standing : missing);
  };

  return {
    of,
    async refresh(account, names) {
      if (names?.every((name) => everybodys()?.types.byName.has(name))) return;
      await recall(account);
      if (!own.has(account)) {
        if (await sooner(read(account, names), clock, firstMs)) return;
        throw new DriverError('unavailable', `Nova does not tell the flavors of the account ${account} in time`);
      }
      if (clock.now() < (restUntil.get(account) ?? 0)) return;
      try {
        if (await sooner(read(account, names), clock)) return;
        restUntil.set(account, clock.now() + pauseMs);
      } catch (error) {
        if (!(error instanceof DriverError)) throw error;
        restUntil.set(account, clock.now() + pauseMs);
        log.warn(
          { account, region, error: error.message },
          'the private flavors of an account could not be read again',
        );
      }
    },
  };
}

/** An account that stands for no project, or whose project does not let us in, has none. */
function noneForStrangers(error: unknown): readonly Flavor[] {
  if (error instanceof DriverError && error.trouble === 'denied') return [];
  throw error;
}
