import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { fail, invalid } from '../../kernel/errors.ts';
import { type Row, resource } from '../../kernel/resource.ts';
import type { Reading } from '../context/reading.ts';
import type { Writing } from '../context/writing.ts';
import { RefusedInPart } from './action.ts';

/** A client token that was used: what was asked and what was answered. Kept for a day (EC2 API guide, "Idempotency"). */
export interface ClientTokenRow extends Row {
  readonly hash: string;
  /** The answer, by node:v8, base64: it keeps dates and bytes. */
  readonly output: string;
  /** The operations that the answer waits for; absent: none. */
  readonly started?: readonly string[];
}

/** What a transaction answered, and the operations that it started. */
export interface Done<O> {
  readonly output: O;
  readonly started: readonly string[];
}

export const clientToken = resource<ClientTokenRow>()({
  kind: 'client-token',
  prefix: 'ct',
  codes: { missing: 'InvalidParameterValue', malformed: 'InvalidParameterValue', noun: 'client token' },
  filters: {},
  view: (row) => row.id,
});

/** The longest token that EC2 documents for any action. */
const longest = 128;

/** Refuses a token that is not one. `most` is its longest length. */
export function checkToken(token: string, most: number = longest): void {
  if (token.length > most || !/^[\x20-\x7e]+$/.test(token))
    invalid(token, 'ClientToken', `It must be 1 to ${most} ASCII characters.`);
}

/**
 * Runs `body` once for a token: a repetition gets the first answer, other parameters are refused.
 * `waits`: the answer waits for the operations that `body` started, and so does that of a repetition.
 */
export async function once<O>(
  tx: Writing,
  action: string,
  token: string,
  input: object,
  body: () => Promise<O>,
  waits: boolean,
): Promise<Done<O>> {
  const used = await replay<O>(tx, action, token, input);
  if (used !== undefined) return used;
  const output = await body();
  if (output instanceof RefusedInPart) return { output, started: tx.started };
  const answer = serialize(output).toString('base64');
  const started = waits && tx.started.length > 0 ? { started: tx.started } : {};
  await tx.insert(clientToken, { id: idOf(action, token), hash: hashOf(input), output: answer, ...started });
  return { output, started: tx.started };
}

/** The answer that a token had before, or undefined when it is new. */
export async function replay<O>(
  cx: Reading,
  action: string,
  token: string,
  input: object,
): Promise<Done<O> | undefined> {
  const used = await cx.find(clientToken, idOf(action, token));
  if (used === undefined) return undefined;
  if (used.hash !== hashOf(input)) {
    fail(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  }
  return { output: deserialize(Buffer.from(used.output, 'base64')) as O, started: used.started ?? [] };
}

const idOf = (action: string, token: string): string => `${action}/${token}`;

/** What was asked, whatever the order in which the client sent it. */
function hashOf(input: object): string {
  const asked = JSON.stringify({ ...input, ClientToken: undefined, DryRun: undefined }, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(byName))
      : value,
  );
  return createHash('sha256').update(asked).digest('base64');
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]): number => (one < other ? -1 : 1);
