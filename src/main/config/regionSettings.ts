import { Problem } from './problem.ts';
import type { DriverName } from './settings.ts';
import { refuse } from './values.ts';

/** What the configuration file says below a driver's name: a mapping of the regions with that driver. */
export interface Below {
  readonly driver: DriverName;
  readonly value: unknown;
  /** All regions, with their drivers. */
  readonly regions: readonly (readonly [name: string, driver: DriverName])[];
  /** Name of the configuration file. */
  readonly file: string | undefined;
}

/** Settings of each region with a driver, by name; none for any other. `read` throws what is wrong with a region's. */
export function perRegion<T>({ driver, value, regions, file }: Below, read: (region: string, given: unknown) => T) {
  const source = `${driver} in ${file}`;
  const given = value ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) return refuse({ value, source }, 'a mapping of regions');
  const wanted = regions.filter(([, name]) => name === driver).map(([name]) => name);
  const other = Object.keys(given).find((name) => !wanted.includes(name));
  if (other !== undefined)
    throw new Problem('usage', `${source} has '${other}', which is no region whose driver is ${driver}`);
  const settings = wanted.map((region) => {
    try {
      return [region, read(region, (given as Readonly<Record<string, unknown>>)[region])] as const;
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem('usage', `${driver}.${region} in ${file}: ${(error as Error).message}`);
    }
  });
  return Object.fromEntries(settings) as Readonly<Record<string, T>>;
}
