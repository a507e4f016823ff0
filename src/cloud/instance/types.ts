import { DriverError } from '../../ports/driver.ts';
import { probe } from '../context/probe.ts';
import type { Reading } from '../context/reading.ts';

/** Has the cloud's catalogue know those of the instance types that are named that the account alone may use. */
export async function knowTypes(cx: Reading, names: readonly string[]): Promise<void> {
  const { refreshTypes } = cx.here.driver.catalogue;
  if (refreshTypes !== undefined) await probe(cx, () => refreshTypes(cx.account, names));
}

/** The same of all. A cloud that never told them and cannot be asked leaves those that everybody may use. */
export async function knowAllTypes(cx: Reading): Promise<void> {
  const { account, region } = cx;
  try {
    await cx.here.driver.catalogue.refreshTypes?.(account);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    cx.world.log.warn({ account, region, err: error }, 'instance types that the account alone may use are not known');
  }
}
