import { type ErrorCode, statusOf } from './codes.ts';

/**
 * An answer that refuses a request, in EC2's words.
 * `message` goes to the client; `internal` only to the logs (no door may print it).
 */
export class Refusal extends Error {
  readonly code: ErrorCode;
  /** HTTP status. */
  readonly status: number;
  readonly internal: unknown;

  constructor(code: ErrorCode, message: string, internal?: unknown) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.status = statusOf(code);
    this.internal = internal;
  }
}

/** Refuses the request. Typed `never`, so it can stand on the right of `??`. */
export function fail(code: ErrorCode, message: string, internal?: unknown): never {
  throw new Refusal(code, message, internal);
}

/** Refuses a request that lacks `parameter` (its name on the wire). */
export function missing(parameter: string): never {
  return fail('MissingParameter', `The request must contain the parameter ${parameter}`);
}

/** Refuses `value` of `parameter` (its name on the wire), with EC2's sentence and a reason of one's own. */
export function invalid(value: unknown, parameter: string, reason?: string): never {
  const why = reason === undefined ? '' : ` ${reason}`;
  return fail('InvalidParameterValue', `Value (${String(value)}) for parameter ${parameter} is invalid.${why}`);
}
