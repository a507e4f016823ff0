import { fail } from '../../kernel/errors.ts';
import type { Zone } from '../../ports/driver.ts';
import type { Reading } from '../context/reading.ts';

/** The zone of that name in the caller's region, or EC2's refusal. */
export function needZone(cx: Reading, name: string): Zone {
  const zone = cx.here.facts.zones.find((z) => z.name === name);
  return zone ?? fail('InvalidZone.NotFound', `The zone '${name}' does not exist.`);
}

/** The zone with that id (`use1-az1`), or EC2's refusal. */
export function needZoneById(cx: Reading, id: string): Zone {
  const zone = cx.here.facts.zones.find((z) => z.id === id);
  return zone ?? fail('InvalidAvailabilityZoneId.NotFound', `The availability zone ID '${id}' does not exist`);
}
