import { isUtf8 } from 'node:buffer';
import { malformed } from './errors.ts';

/** One parameter of a form or query string, decoded, in the order in which it was sent. */
export type Pair = readonly [name: string, value: string];

export interface FormLimits {
  /** Most parameters in one form. */
  readonly parameters: number;
  /** Longest parameter name, in characters after decoding. */
  readonly nameLength: number;
}

export const defaultLimits: FormLimits = { parameters: 10_000, nameLength: 1_024 };

/**
 * Reads `application/x-www-form-urlencoded` text or a raw query string (without its `?`).
 *
 * A parameter without `=` has an empty value; empty parts (`a=1&&b=2`) are skipped; `+` is a space. An escape that is not two hexadecimal
 * digits, bytes that are not UTF-8, an empty name, and a form beyond the limits throw `MalformedQueryString` (400).
 */
export function parseForm(form: string | Buffer, limits: FormLimits = defaultLimits): Pair[] {
  const text = typeof form === 'string' ? form : textOf(form);
  const pairs: Pair[] = [];
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end > start) {
      if (pairs.length === limits.parameters)
        throw malformed(`The request has more than ${limits.parameters} parameters`);
      pairs.push(pairOf(text.slice(start, end), limits));
    }
    start = end + 1;
  }
  return pairs;
}

function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw malformed('The request body is not valid UTF-8');
  return body.toString('utf8');
}

function pairOf(part: string, limits: FormLimits): Pair {
  const equals = part.indexOf('=');
  const name = decode(equals < 0 ? part : part.slice(0, equals));
  if (name === '') throw malformed('The request has a parameter without a name');
  if (name.length > limits.nameLength) {
    throw malformed(`The request has a parameter name of more than ${limits.nameLength} characters`);
  }
  return [name, equals < 0 ? '' : decode(part.slice(equals + 1))];
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw malformed('The request has a malformed percent escape');
  }
}
