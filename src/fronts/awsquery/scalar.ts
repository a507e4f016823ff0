import { invalidValue } from './errors.ts';
import type { Shape } from './schema.ts';

/** Reads one parameter's text. `name` is the parameter's whole name, for the error. */
export type Read = (text: string, name: string) => unknown;

/** The reader of a plain shape, or undefined when the shape has parts. `decimal`: fractions are allowed. */
export function reader(shape: Shape, decimal: boolean): Read | undefined {
  switch (shape.kind) {
    case 'string':
    case 'document':
      return (text) => text;
    case 'number':
      return decimal ? readDecimal : readInteger;
    case 'boolean':
      return readBoolean;
    case 'timestamp':
      return readTimestamp;
    case 'blob':
      return readBlob;
    default:
      return undefined;
  }
}

/** An integer of at most 2^53-1 either way: what a double holds exactly. */
export function readInteger(text: string, name: string): number {
  if (!/^-?\d+$/.test(text)) throw invalidValue(name, text, 'The value must be an integer.');
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw invalidValue(name, text, 'The value is out of range.');
  return value === 0 ? 0 : value;
}

export function readDecimal(text: string, name: string): number {
  if (!/^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?$/.test(text)) {
    throw invalidValue(name, text, 'The value must be a number.');
  }
  const value = Number(text);
  if (!Number.isFinite(value)) throw invalidValue(name, text, 'The value is out of range.');
  return value;
}

/** `true`, `false` in any case (Python clients send `True`), or `1`, `0`: the forms of an XML boolean, which EC2's own types are. */
export function readBoolean(text: string, name: string): boolean {
  switch (text) {
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      break;
  }
  const lower = text.length <= 5 ? text.toLowerCase() : '';
  if (lower === 'true' || lower === 'false') return lower === 'true';
  throw invalidValue(name, text, 'The value must be true or false.');
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[-+]\d\d:?\d\d)?)?$/;

/** ISO 8601 (a date; or a date and time, UTC unless it says otherwise), or seconds since 1970. */
export function readTimestamp(text: string, name: string): Date {
  const milliseconds = parseTimestamp(text);
  if (milliseconds === undefined) throw invalidValue(name, text, 'The value must be an ISO 8601 date and time.');
  return new Date(milliseconds);
}

/** Milliseconds since 1970 of an ISO 8601 text or of seconds since 1970; undefined when it is neither. */
export function parseTimestamp(text: string): number | undefined {
  if (/^-?\d{1,11}(\.\d{1,9})?$/.test(text)) return Math.round(Number(text) * 1000);
  const part = ISO.exec(text);
  if (!part) return undefined;
  const [year, month, day, hour, minute, second] = part.slice(1, 7).map((digits) => Number(digits ?? 0)) as number[];
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const midnight = Date.UTC(year!, month! - 1, day!);
  // Date.UTC rolls 30 February over into March.
  const date = new Date(midnight);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day)
    return undefined;
  const fraction = Math.trunc(Number(`0.${part[7] ?? 0}`) * 1000);
  return midnight + ((hour! * 60 + minute!) * 60 + second!) * 1000 + fraction - offset(part[8]);
}

function offset(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** Base64 with its padding; line breaks inside it, which some encoders write, are dropped. */
export function readBlob(text: string, name: string): Uint8Array {
  const packed = /[\r\n\t]/.test(text) ? text.replace(/[\r\n\t]/g, '') : text;
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
    throw invalidValue(name, text, 'The value must be base64 encoded.');
  }
  const bytes = Buffer.from(packed, 'base64');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
