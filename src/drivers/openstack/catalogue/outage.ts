import { OpenStackError } from '../trouble.ts';
import type { KnownZone } from './zones.ts';

/** What is wrong with a cloud, as its zones say it: in EC2's words, without what only its operator should read. */
export interface Outage {
  readonly state: 'unavailable' | 'impaired';
  readonly message: string;
}

/** Without these there is no machine: Keystone and Nova. */
const needed: ReadonlySet<string | undefined> = new Set(['identity', 'compute']);

/** The outage that an error of a service means; one that nobody can place counts as the worst. */
export function outageOf(error: unknown): Outage {
  const service = error instanceof OpenStackError ? error.facts.service : undefined;
  return {
    state: service === undefined || needed.has(service) ? 'unavailable' : 'impaired',
    message: `The ${service === undefined ? 'cloud' : `${service} service of the cloud`} behind this region cannot be reached at the moment.`,
  };
}

/** The cloud has not answered for longer than anybody waits. */
export const slow: Outage = {
  state: 'impaired',
  message: 'The cloud behind this region answers slowly at the moment.',
};

/** The zones as they are during an outage. */
export const zonesDuring = (outage: Outage | undefined, zones: readonly KnownZone[]): readonly KnownZone[] =>
  outage === undefined
    ? zones
    : zones.map((zone) => ({
        ...zone,
        state: zone.state === 'unavailable' ? zone.state : outage.state,
        messages: [outage.message],
      }));
