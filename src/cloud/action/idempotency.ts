import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { fail, invalid } from '../../kernel/errors.ts';
import { type Row, resource } from '../../kernel/resource.ts';
import type { Writing } from '../context/writing.ts';

/** A client token that was used: what was asked and what was answered. Kept for a day (EC2 API guide, "Idempotency"). */
export interface ClientTokenRow extends Row {
  readonly hash: string;
  /** The answer, by node:v8, base64: it keeps dates and bytes. */
  readonly output: string;
}

export const clientToken = resource<ClientTokenRow>()({
  kind: 'client-token',
  prefix: 'ct',
  codes: { missing: 'InvalidParameterValue', malformed: 'InvalidParameterValue', noun: 'client token' },
  filters: {},
  view: (row) => row.id,
});

/** EC2 allows up to 64 ASCII characters (128 for a few newer actions). */
const maxLength = 128;

/** Runs `body` once for a token: a repetition gets the first answer, other parameters are refused. */
export async function once<O>(tx: Writing, action: string, token: string, input: object, body: () => Promise<O>): Promise<O> {
  if (token.length > maxLength || !/^[\x20-\x7e]+$/.test(token)) invalid(token, 'ClientToken', `It must be 1 to ${maxLength} ASCII characters.`);
  const id = `${action}/${token}`;
  const hash = createHash('sha256').update(JSON.stringify({ ...input, ClientToken: undefined, DryRun: undefined })).digest('base64');
  const used = await tx.find(clientToken, id);
  if (used !== undefined) {
    if (used.hash !== hash) {
      fail('IdempotentParameterMismatch', 'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).');
    }
    return deserialize(Buffer.from(used.output, 'base64')) as O;
  }
  const output = await body();
  await tx.insert(clientToken, { id, hash, output: serialize(output).toString('base64') });
  return output;
}
