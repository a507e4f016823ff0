import type { Reading } from '../context/reading.ts';
import { probe } from './probe.ts';

/**
 * Has the cloud's catalogue know the instance types that the account may use: those that are named, or all. Nothing where
 * all accounts have the same.
 */
export async function knowTypes(cx: Reading, names?: readonly string[]): Promise<void> {
  const { refreshTypes } = cx.here.driver.catalogue;
  if (refreshTypes !== undefined) await probe(cx, () => refreshTypes(cx.account, names));
}
