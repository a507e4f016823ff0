import { Problem } from './problem.ts';

/** A value as it was given, and where, for the line that refuses it. */
export interface Found {
  readonly value: unknown;
  readonly source: string;
}

/** Refuses a value: `expected` completes the sentence "… must be …". */
export const refuse = ({ value, source }: Found, expected: string): never => {
  throw new Problem('usage', `${source} must be ${expected}, not '${shown(value)}'`);
};

/** One line, whatever it is. */
const shown = (value: unknown): string =>
  (typeof value === 'object' ? JSON.stringify(value) : String(value)).replace(/\s+/g, ' ').slice(0, 200);

export function integer(found: Found, min: number, max: number): number | undefined {
  const { value } = found;
  if (value === undefined) return undefined;
  const number =
    typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)) ? Number(value) : Number.NaN;
  if (!Number.isInteger(number) || number < min || number > max) {
    return refuse(found, `a whole number from ${min} to ${max}`);
  }
  return number;
}

export function text(found: Found): string | undefined {
  if (found.value === undefined) return undefined;
  if (typeof found.value !== 'string' || found.value === '') return refuse(found, 'a text');
  return found.value;
}

/** A text of a form. What is accepted here is put into lines for a shell by `env`. */
export function matching(found: Found, form: RegExp, expected: string): string | undefined {
  const value = text(found);
  return value === undefined || form.test(value) ? value : refuse(found, expected);
}

export function truth(found: Found): boolean {
  if (found.value === undefined) return false;
  if (found.value === true || found.value === 'true' || found.value === '1') return true;
  if (found.value === false || found.value === 'false' || found.value === '0') return false;
  return refuse(found, 'true or false');
}

export function choice<const C extends string>(found: Found, choices: readonly C[]): C | undefined {
  if (found.value === undefined) return undefined;
  return choices.find((c) => c === found.value) ?? refuse(found, `one of ${choices.join(', ')}`);
}

/** A PostgreSQL URL. It may hold a password, so a wrong one is not repeated. */
export function databaseUrl(found: Found): string | undefined {
  const value = text(found);
  if (value === undefined) return undefined;
  if (!URL.canParse(value) || !/^postgres(ql)?:$/.test(new URL(value).protocol))
    return refuse({ ...found, value: '…' }, 'a URL postgres://…');
  return value;
}
