import { createHmac, timingSafeEqual } from 'node:crypto';
import { fail } from '../../kernel/errors.ts';

/** How many elements a page may have, and what it has when the request does not say. */
export interface PageRules {
  readonly min: number;
  readonly max: number;
}

/** Refuses a MaxResults outside its range. EC2: `InvalidParameterValue`, naming the range. */
export function checkMaxResults(value: number | undefined, { min, max }: PageRules): number | undefined {
  if (value === undefined) return undefined;
  if (value < min || value > max) {
    fail(
      'InvalidParameterValue',
      `Value ( ${value} ) for parameter maxResults is invalid. Expecting a value between ${min} and ${max}.`,
    );
  }
  return value;
}

/** A token that continues after `seq`, valid only for the same account, region, action and question. */
export function pageToken(key: Uint8Array, question: string, seq: number): string {
  const position = Buffer.alloc(8);
  position.writeBigUInt64BE(BigInt(seq));
  return Buffer.concat([position, seal(key, question, position)]).toString('base64url');
}

/** The position in a token, or a refusal when it was not made by `pageToken` for this question. */
export function readPageToken(key: Uint8Array, question: string, token: string): number {
  const bytes = Buffer.from(token, 'base64url');
  const position = bytes.subarray(0, 8);
  if (
    bytes.length !== 24 ||
    bytes.toString('base64url') !== token ||
    !timingSafeEqual(bytes.subarray(8), seal(key, question, position))
  ) {
    return fail('InvalidParameterValue', `Invalid value '${token.slice(0, 100)}' for nextToken.`);
  }
  return Number(position.readBigUInt64BE());
}

const seal = (key: Uint8Array, question: string, position: Uint8Array): Buffer =>
  createHmac('sha256', key).update(position).update(question).digest().subarray(0, 16);
