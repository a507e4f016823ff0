import { missing } from '../../kernel/errors.ts';
import type { Writing } from '../context/writing.ts';
import { instance } from './instance.ts';
import type { InstanceRow } from './row.ts';

/** The instances that a request names, each once, in its order. Refuses none at all, malformed and unknown ids. */
export async function requestedInstances(
  tx: Writing,
  ids: readonly string[] | undefined,
): Promise<readonly InstanceRow[]> {
  if (ids === undefined || ids.length === 0) return missing('InstanceId');
  return tx.needAll(instance, [...new Set(ids)]);
}
