import type { Trouble } from '../../ports/driver.ts';
import { type Failure, verbs } from './trouble.ts';
import { matches } from './wildcard.ts';

/** How long things take, in milliseconds. */
export interface Delays {
  /** From the request until a machine runs. */
  readonly launch: number;
  readonly start: number;
  readonly stop: number;
  /** A stop with force: the power is cut, the system is not asked. */
  readonly forceStop: number;
  /** From the request until the system boots again. */
  readonly reboot: number;
  readonly terminate: number;
  /** From power on until the login prompt: how the console's lines are spread over time. */
  readonly boot: number;
  /** From power on until the status checks have passed. */
  readonly checks: number;
  readonly attach: number;
  readonly detach: number;
  readonly volume: number;
  readonly volumeDelete: number;
  readonly snapshot: number;
  /** Added to `snapshot` for every GiB. */
  readonly snapshotPerGiB: number;
  readonly snapshotDelete: number;
  readonly image: number;
  readonly imageDelete: number;
}

/** Room for machines: in each zone that matches, so many that run at the same time, of all matching types together. */
export interface Capacity {
  /** Name of a zone, with `*` and `?`. Default: every zone, each with room of its own. */
  readonly zone?: string;
  /** An instance type, with `*` and `?`. Default: every type. */
  readonly type?: string;
  readonly machines: number;
}

/** Machines whose status checks fail. */
export interface Impairment {
  readonly region?: string;
  readonly zone?: string;
  readonly type?: string;
  /** The machine's id, with `*` and `?`. */
  readonly machine?: string;
  /** Which of the two checks fails. */
  readonly check: 'system' | 'instance' | 'both';
  /** How long after power on it begins, in milliseconds. */
  readonly afterMs: number;
}

export interface SimulatorSettings {
  readonly delays: Delays;
  readonly capacity: readonly Capacity[];
  readonly failures: readonly Failure[];
  readonly impaired: readonly Impairment[];
}

/** A fast cloud: everything can be seen on its way, and nothing keeps anyone waiting. */
export const defaultDelays: Delays = {
  launch: 800,
  start: 800,
  stop: 500,
  forceStop: 200,
  reboot: 300,
  terminate: 500,
  boot: 3000,
  checks: 5000,
  attach: 150,
  detach: 150,
  volume: 100,
  volumeDelete: 100,
  snapshot: 400,
  snapshotPerGiB: 10,
  snapshotDelete: 100,
  image: 500,
  imageDelete: 100,
};

/** Everything at once, for tests and measurements. */
export const noDelays: Delays = Object.fromEntries(
  Object.keys(defaultDelays).map((name) => [name, 0]),
) as unknown as Delays;

/** A setting that cannot be used; the message names it. */
export class SettingsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SettingsError';
  }
}

const troubles: readonly Trouble[] = [
  'unavailable',
  'throttled',
  'denied',
  'conflict',
  'no-capacity',
  'unsupported',
  'invalid',
  'bug',
];

/** The settings of a configuration file. Nothing at all gives the defaults. Throws a SettingsError of one line. */
export function readSettings(given: unknown): SimulatorSettings {
  const top = members(given ?? {}, '', ['delays', 'capacity', 'failures', 'impaired']);
  return {
    delays: readDelays(top.delays),
    capacity: listOf(top.capacity, 'capacity', readCapacity),
    failures: listOf(top.failures, 'failures', readFailure),
    impaired: listOf(top.impaired, 'impaired', readImpairment),
  };
}

type Members = Readonly<Record<string, unknown>>;

function readDelays(given: unknown): Delays {
  const names = Object.keys(defaultDelays);
  const asked = members(given ?? {}, 'delays', names);
  const read = Object.keys(asked).map((name) => [name, whole(asked[name], `delays.${name}`)]);
  return { ...defaultDelays, ...Object.fromEntries(read) };
}

function readCapacity(given: unknown, at: string): Capacity {
  const rule = members(given, at, ['zone', 'type', 'machines']);
  return { ...texts(rule, at, ['zone', 'type']), machines: whole(rule.machines, `${at}.machines`) };
}

function readFailure(given: unknown, at: string): Failure {
  const names = ['verb', 'region', 'zone', 'type', 'trouble', 'message', 'times', 'probability', 'after'];
  const rule = members(given, at, names);
  const { verb, ...rest } = texts(rule, at, ['verb', 'region', 'zone', 'type', 'message']);
  if (verb === undefined || !verbs.some((known) => matches(verb, known))) {
    throw wrong(`${at}.verb`, `one of ${verbs.join(', ')}, or a pattern of them`);
  }
  return {
    verb,
    ...rest,
    trouble: oneOf(rule.trouble, `${at}.trouble`, troubles),
    ...(rule.times !== undefined && { times: whole(rule.times, `${at}.times`) }),
    ...(rule.probability !== undefined && { probability: share(rule.probability, `${at}.probability`) }),
    ...(rule.after !== undefined && { after: oneOf(rule.after, `${at}.after`, ['work'] as const) }),
  };
}

function readImpairment(given: unknown, at: string): Impairment {
  const rule = members(given, at, ['region', 'zone', 'type', 'machine', 'check', 'afterMs']);
  return {
    ...texts(rule, at, ['region', 'zone', 'type', 'machine']),
    check: oneOf(rule.check ?? 'instance', `${at}.check`, ['system', 'instance', 'both'] as const),
    afterMs: whole(rule.afterMs ?? 0, `${at}.afterMs`),
  };
}

const wrong = (key: string, expected: string): SettingsError =>
  new SettingsError(`simulator setting "${key}" must be ${expected}`);

function members(given: unknown, at: string, known: readonly string[]): Members {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw at === '' ? new SettingsError('the simulator settings must be a mapping') : wrong(at, 'a mapping');
  }
  const odd = Object.keys(given).find((name) => !known.includes(name));
  if (odd === undefined) return given as Members;
  const key = at === '' ? odd : `${at}.${odd}`;
  throw new SettingsError(`simulator setting "${key}" is not known; known here: ${known.join(', ')}`);
}

function listOf<T>(given: unknown, at: string, read: (one: unknown, at: string) => T): readonly T[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw wrong(at, 'a list');
  return given.map((one, index) => read(one, `${at}[${index}]`));
}

function texts<N extends string>(rule: Members, at: string, names: readonly N[]): { readonly [name in N]?: string } {
  const given = names.filter((name) => rule[name] !== undefined);
  for (const name of given) {
    if (typeof rule[name] !== 'string' || rule[name] === '') throw wrong(`${at}.${name}`, 'a text');
  }
  return Object.fromEntries(given.map((name) => [name, rule[name]])) as { readonly [name in N]?: string };
}

function whole(given: unknown, key: string): number {
  if (Number.isSafeInteger(given) && (given as number) >= 0) return given as number;
  throw wrong(key, 'a whole number, 0 or more');
}

function share(given: unknown, key: string): number {
  if (typeof given === 'number' && given >= 0 && given <= 1) return given;
  throw wrong(key, 'a number from 0 to 1');
}

function oneOf<const T extends string>(given: unknown, key: string, known: readonly T[]): T {
  const found = known.find((one) => one === given);
  if (found === undefined) throw wrong(key, `one of ${known.join(', ')}`);
  return found;
}
