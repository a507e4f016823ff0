import { availableParallelism, totalmem } from 'node:os';

/** What a zone, or the host, takes at most; what is absent has no limit of its own. */
export interface Limits {
  readonly machines?: number;
  readonly memoryMiB?: number;
  readonly vcpus?: number;
}

export interface QemuSettings {
  /** Where everything of the region is kept; undefined: in the data folder. */
  readonly folder: string | undefined;
  readonly zones: readonly (Limits & { readonly name: string })[];
  /** All zones together: they are one computer. */
  readonly host: Limits;
  readonly binaries: { readonly qemu: string; readonly qemuImg: string };
  /** How long a guest has to do as the power button says, before the power is cut; milliseconds. */
  readonly patience: { readonly stop: number; readonly reboot: number; readonly terminate: number };
  /** `auto`: what really works here is found out. */
  readonly acceleration: 'auto' | 'kvm' | 'hvf' | 'tcg';
}

/** A setting that cannot be used; the message names it. */
export class SettingsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SettingsError';
  }
}

type Members = Readonly<Record<string, unknown>>;

/** Room that is left to the host itself, and vCPUs for each of its cores. */
const reserved = { memoryMiB: 1024, vcpusPerCore: 4 } as const;

/** The settings of a region below `qemu` in the configuration file. Nothing at all gives the defaults. Throws a SettingsError. */
export function readSettings(region: string, given: unknown): QemuSettings {
  const top = members(given ?? {}, '', ['folder', 'zones', 'host', 'binaries', 'patience', 'acceleration']);
  const binaries = members(top.binaries ?? {}, 'binaries', ['qemu', 'qemuImg']);
  const patience = members(top.patience ?? {}, 'patience', ['stop', 'reboot', 'terminate']);
  return {
    folder: text(top.folder, 'folder'),
    zones: readZones(region, top.zones),
    host: { ...hostLimits(), ...readLimits(members(top.host ?? {}, 'host', limitNames), 'host') },
    binaries: {
      qemu: text(binaries.qemu, 'binaries.qemu') ?? 'qemu-system-x86_64',
      qemuImg: text(binaries.qemuImg, 'binaries.qemuImg') ?? 'qemu-img',
    },
    patience: {
      stop: whole(patience.stop, 'patience.stop') ?? 120_000,
      reboot: whole(patience.reboot, 'patience.reboot') ?? 120_000,
      terminate: whole(patience.terminate, 'patience.terminate') ?? 20_000,
    },
    acceleration: oneOf(top.acceleration, 'acceleration', ['auto', 'kvm', 'hvf', 'tcg'] as const) ?? 'auto',
  };
}

const hostLimits = (): Limits => ({
  memoryMiB: Math.max(0, Math.floor(totalmem() / 2 ** 20) - reserved.memoryMiB),
  vcpus: availableParallelism() * reserved.vcpusPerCore,
});

const limitNames = ['machines', 'memoryMiB', 'vcpus'] as const;

function readZones(region: string, given: unknown): QemuSettings['zones'] {
  if (given === undefined) return ['a', 'b', 'c'].map((letter) => ({ name: `${region}${letter}` }));
  const zones = members(given, 'zones');
  const named = Object.entries(zones).map(([name, limits]) => {
    if (!new RegExp(`^${region}[a-z]$`).test(name)) throw wrong(`zones.${name}`, `called ${region} and a letter`);
    return { name, ...readLimits(members(limits ?? {}, `zones.${name}`, limitNames), `zones.${name}`) };
  });
  if (named.length === 0) throw wrong('zones', 'a mapping of at least one zone');
  return named;
}

function readLimits(given: Members, at: string): Limits {
  const read = limitNames.map((name) => [name, whole(given[name], `${at}.${name}`)] as const);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

const wrong = (key: string, expected: string): SettingsError =>
  new SettingsError(`setting "${key}" must be ${expected}`);

function members(given: unknown, at: string, known?: readonly string[]): Members {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw at === '' ? new SettingsError('the settings must be a mapping') : wrong(at, 'a mapping');
  const odd = known && Object.keys(given).find((name) => !known.includes(name));
  if (odd === undefined) return given as Members;
  const key = at === '' ? odd : `${at}.${odd}`;
  throw new SettingsError(`setting "${key}" is not known; known here: ${known!.join(', ')}`);
}

function text(given: unknown, key: string): string | undefined {
  if (given === undefined || (typeof given === 'string' && given !== '')) return given;
  throw wrong(key, 'a text');
}

function whole(given: unknown, key: string): number | undefined {
  if (given === undefined || (Number.isSafeInteger(given) && (given as number) >= 0))
    return given as number | undefined;
  throw wrong(key, 'a whole number, 0 or more');
}

function oneOf<const T extends string>(given: unknown, key: string, known: readonly T[]): T | undefined {
  const found = known.find((one) => one === given);
  if (given !== undefined && found === undefined) throw wrong(key, `one of ${known.join(', ')}`);
  return found;
}
