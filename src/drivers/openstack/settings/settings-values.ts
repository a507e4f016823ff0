/** A setting that cannot be used; the message is one line that names it and never repeats a secret. */
export class SettingsError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SettingsError';
  }
}

export type Members = Readonly<Record<string, unknown>>;

/** `expected` completes the sentence "… must be …". */
export const wrong = (key: string, expected: string): SettingsError =>
  new SettingsError(`openstack setting "${key}" must be ${expected}`);

/** A mapping; with `known`, one that has no other members. */
export function members(given: unknown, at: string, known?: readonly string[]): Members {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw at === '' ? new SettingsError('the openstack settings must be a mapping') : wrong(at, 'a mapping');
  }
  const odd = known === undefined ? undefined : Object.keys(given).find((name) => !known.includes(name));
  if (odd === undefined) return given as Members;
  const key = at === '' ? odd : `${at}.${odd}`;
  throw new SettingsError(`openstack setting "${key}" is not known; known here: ${known?.join(', ')}`);
}

/** A text; a number is one too, since YAML makes one of an unquoted password or id of digits. */
export function text(given: unknown, key: string): string {
  if (typeof given === 'number') return String(given);
  if (typeof given !== 'string' || given === '') throw wrong(key, 'a text');
  return given;
}

export const textIfGiven = (given: unknown, key: string): string | undefined =>
  given === undefined || given === null ? undefined : text(given, key);

export function oneOf<const T extends string>(given: unknown, key: string, known: readonly T[]): T {
  const found = known.find((one) => one === given);
  if (found === undefined) throw wrong(key, `one of ${known.join(', ')}`);
  return found;
}

export function truth(given: unknown, key: string): boolean {
  if (given === true || given === 'true') return true;
  if (given === false || given === 'false') return false;
  throw wrong(key, 'true or false');
}

/** Milliseconds, 1 or more. */
export function milliseconds(given: unknown, key: string): number {
  if (Number.isSafeInteger(given) && (given as number) >= 1) return given as number;
  throw wrong(key, 'a whole number of milliseconds, 1 or more');
}

/** A mapping of texts to texts. */
export function textMap(given: unknown, at: string): Readonly<Record<string, string>> {
  if (given === undefined || given === null) return {};
  const entries = Object.entries(members(given, at)).map(([name, value]) => [name, text(value, `${at}.${name}`)]);
  return Object.fromEntries(entries);
}
