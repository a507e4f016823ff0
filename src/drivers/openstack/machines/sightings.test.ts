import { beforeEach, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../main/clock/virtual.ts';
import type { Server } from '../rest/nova.ts';
import { createSightings, type Sightings } from './sightings.ts';

const began = Date.UTC(2026, 0, 1);
const server = (status: string, more: Partial<Server> = {}): Server => ({
  ...{ id: 's', status, tenant_id: 'p', created: '2026-01-01T00:00:00Z' },
  ...more,
});

let clock: VirtualClock;
let sightings: Sightings;

beforeEach(() => {
  clock = createVirtualClock({ start: began });
  sightings = createSightings(clock);
});

it('what Nova was at work on a moment ago is so still, and then nobody knows', async () => {
  expect(sightings.atWork('s')).toBeUndefined();
  sightings.told([server('BUILD')], began);
  await clock.advance(1_000);
  expect(sightings.atWork('s')).toEqual({ settled: false, power: 'on', lookAgainMs: 200 });
  expect(sightings.atWork('other')).toBeUndefined();
  await clock.advance(1);
  expect(sightings.atWork('s')).toBeUndefined();
});

it.each(['ACTIVE', 'ERROR', 'DELETED', 'UNKNOWN'])('a server that is %s has to be looked at', (status) => {
  sightings.told([server('BUILD')], began);
  sightings.told([server(status)], began);
  expect(sightings.atWork('s')).toBeUndefined();
});

it('an older answer that comes late says nothing new', async () => {
  sightings.told([server('BUILD')], began + 1_000);
  await clock.advance(800);
  sightings.told([server('BUILD')], began);
  await clock.advance(300);
  expect(sightings.atWork('s')).toBeUndefined();
});
