import { DriverError } from '../../ports/driver.ts';
import type { Log } from '../../ports/log.ts';
import { StoreError } from '../../ports/store.ts';
import { WireError } from '../awsquery/errors.ts';
import { HungUpError } from '../http/readBody.ts';
import { type MetadataReply, refusal } from './reply.ts';

/** The reply to a request that could not be worked: 503 where it may be worked later. */
export function failure(log: Log, path: string, error: unknown): MetadataReply {
  if (error instanceof WireError) return refusal(error.status);
  // Nobody is left who could read it.
  if (error instanceof HungUpError) return refusal(400);
  log.error({ err: error, path }, 'metadata request failed');
  const later = error instanceof StoreError || (error instanceof DriverError && error.retry);
  return refusal(later ? 503 : 500);
}
