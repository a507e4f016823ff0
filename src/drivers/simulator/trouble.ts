import { type Call, type Compute, DriverError, type Kind, type Seen, type Trouble } from '../../ports/driver.ts';
import type { Random } from '../../ports/ids.ts';
import { matches } from './wildcard.ts';

const kindVerbs = ['ensure', 'look', 'absent', 'list'] as const;
const computeVerbs = [
  ...['ensure', 'look', 'absent', 'list', 'power', 'reboot', 'attach', 'detach'],
  ...['attachInterface', 'detachInterface', 'consoleLog', 'room', 'health'],
];

/** Everything that can be made to fail. */
export const verbs: readonly string[] = [
  ...computeVerbs.map((verb) => `compute.${verb}`),
  ...['volumes', 'snapshots', 'images'].flatMap((kind) => kindVerbs.map((verb) => `${kind}.${verb}`)),
  'ping',
];

/** A rule by which calls fail. All conditions that are there must hold; texts may have `*` and `?`. */
export interface Failure {
  /** Such as `compute.ensure` or `volumes.*`. */
  readonly verb: string;
  readonly region?: string;
  readonly zone?: string;
  /** Instance type or volume type. */
  readonly type?: string;
  readonly trouble: Trouble;
  readonly message?: string;
  /** How often this process fails; default: always. */
  readonly times?: number;
  /** From 0 to 1; default 1. */
  readonly probability?: number;
  /** The work is done, and then the answer is trouble: as when a connection breaks before the answer. */
  readonly after?: 'work';
}

/** What a rule can ask of the thing that a call is about. */
export interface About {
  readonly zone?: string;
  readonly type?: string;
}

/** Decides which calls fail. */
export interface Injector {
  /** Does the work, unless a rule says no before or after it. `about` is asked only when a rule has to know. */
  around<T>(verb: string, region: string | undefined, about: () => Promise<About>, work: () => Promise<T>): Promise<T>;
}

/** Failures by rule. Chance comes from `random`, so the same seed and the same calls fail in the same way. */
export function createInjector(failures: readonly Failure[], random: Random): Injector {
  const used = new Map<Failure, number>();
  const strikes = async (rule: Failure, region: string | undefined, about: () => Promise<About>): Promise<boolean> => {
    if (!matches(rule.region, region)) return false;
    if (rule.zone !== undefined || rule.type !== undefined) {
      const { zone, type } = await about();
      if (!matches(rule.zone, zone) || !matches(rule.type, type)) return false;
    }
    const count = used.get(rule) ?? 0;
    if (rule.times !== undefined && count >= rule.times) return false;
    if (rule.probability !== undefined && random.below(1_000_000) >= rule.probability * 1_000_000) return false;
    used.set(rule, count + 1);
    return true;
  };
  const first = async (rules: readonly Failure[], region: string | undefined, about: () => Promise<About>) => {
    for (const rule of rules) if (await strikes(rule, region, about)) return rule;
    return undefined;
  };
  return {
    async around(verb, region, about, work) {
      const rules = failures.filter((rule) => matches(rule.verb, verb));
      if (rules.length === 0) return work();
      let known: Promise<About> | undefined;
      const aboutOnce = (): Promise<About> => (known ??= about());
      const before = await first(
        rules.filter((rule) => rule.after === undefined),
        region,
        aboutOnce,
      );
      if (before !== undefined) throw injected(before, verb);
      const after = await first(
        rules.filter((rule) => rule.after === 'work'),
        region,
        aboutOnce,
      );
      const done = await work();
      if (after !== undefined) throw injected(after, verb);
      return done;
    },
  };
}

const injected = (rule: Failure, verb: string): DriverError =>
  new DriverError(rule.trouble, rule.message ?? `${verb} fails by a rule of the simulator (${rule.trouble})`);

/** The four verbs of a kind, each under the rules. `about` tells of a thing that exists. */
export function withTrouble<Spec, S extends Seen>(
  kind: Kind<Spec, S>,
  name: string,
  injector: Injector,
  about: { readonly spec: (spec: Spec) => About; readonly id: (id: string, call: Call) => Promise<About> },
): Kind<Spec, S> {
  const byId = <T>(verb: string, id: string, call: Call, work: () => Promise<T>): Promise<T> =>
    injector.around(`${name}.${verb}`, call.region, () => about.id(id, call), work);
  return {
    ensure: (id, spec, call) =>
      injector.around(
        `${name}.ensure`,
        call.region,
        async () => about.spec(spec),
        () => kind.ensure(id, spec, call),
      ),
    look: (id, call) => byId('look', id, call, () => kind.look(id, call)),
    absent: (id, call) => byId('absent', id, call, () => kind.absent(id, call)),
    async *list(call) {
      const things = await injector.around(`${name}.list`, call.region, nothing, async () => kind.list(call));
      yield* things;
    },
  };
}

const nothing = async (): Promise<About> => ({});

/** Compute's verbs, each under the rules. */
export function computeWithTrouble(
  compute: Compute & Required<Pick<Compute, 'attachInterface' | 'detachInterface'>>,
  injector: Injector,
  aboutId: (id: string, call: Call) => Promise<About>,
): Compute {
  const byId = <T>(verb: string, id: string, call: Call, work: () => Promise<T>): Promise<T> =>
    injector.around(`compute.${verb}`, call.region, () => aboutId(id, call), work);
  const kind = withTrouble(compute, 'compute', injector, {
    spec: ({ zone, instanceType }) => ({ zone, type: instanceType }),
    id: aboutId,
  });
  return {
    ...kind,
    absent: (id, call, how) => byId('absent', id, call, () => compute.absent(id, call, how)),
    power: (id, want, how, call) => byId('power', id, call, () => compute.power(id, want, how, call)),
    reboot: (id, call) => byId('reboot', id, call, () => compute.reboot(id, call)),
    attach: (id, disk, call) => byId('attach', id, call, () => compute.attach(id, disk, call)),
    detach: (id, disk, how, call) => byId('detach', id, call, () => compute.detach(id, disk, how, call)),
    attachInterface: (id, nic, call) => byId('attachInterface', id, call, () => compute.attachInterface(id, nic, call)),
    detachInterface: (id, on, call) => byId('detachInterface', id, call, () => compute.detachInterface(id, on, call)),
    consoleLog: (id, call) => byId('consoleLog', id, call, () => compute.consoleLog(id, call)),
    room: (zone, type, call) =>
      injector.around(
        'compute.room',
        call.region,
        async () => ({ zone, type }),
        () => compute.room(zone, type, call),
      ),
    health: (id, call) => byId('health', id, call, () => compute.health(id, call)),
  };
}
