import { beforeEach, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../main/clock/virtual.ts';
import type { Server } from '../rest/nova.ts';
import { createHealths, type HealthsTold } from './healths.ts';

const server = (id: string, status: string) =>
  ({ id, status, 'OS-EXT-STS:power_state': status === 'ACTIVE' ? 1 : 4 }) as Server;
const both = (health: string) => ({ system: health, instance: health });

let clock: VirtualClock;
let healths: HealthsTold;
const told = (whole: boolean, askedAt: number, ...servers: readonly Server[]) =>
  healths.told('a', { servers, whole, askedAt });

beforeEach(() => {
  clock = createVirtualClock({ start: 1_000 });
  healths = createHealths(clock);
});

it('servers are as the list said, for ten seconds, and those of the account alone', async () => {
  told(true, 1_000, server('runs', 'ACTIVE'), server('broken', 'ERROR'));
  expect(healths.known('a', 'runs')).toEqual(both('ok'));
  expect(healths.known('a', 'broken')).toEqual(both('impaired'));
  expect(healths.known('b', 'runs')).toBeUndefined();
  expect(healths.known('a', 'other')).toBeUndefined();
  await clock.advance(10_000);
  expect(healths.known('a', 'runs')).toEqual(both('ok'));
  await clock.advance(1);
  expect(healths.known('a', 'runs')).toBeUndefined();
  told(false, 11_000);
  expect(healths.known('a', 'runs')).toEqual(both('ok'));
});

it('one that is gone, or that Nova cannot tell of, has to be looked at', () => {
  told(true, 1_000, server('s', 'ACTIVE'), server('t', 'ACTIVE'));
  told(false, 1_001, server('s', 'DELETED'), server('t', 'UNKNOWN'));
  expect([healths.known('a', 's'), healths.known('a', 't')]).toEqual([undefined, undefined]);
});

it('an older answer that comes late changes nothing', () => {
  told(false, 2_000, server('s', 'ERROR'));
  told(true, 1_500, server('s', 'ACTIVE'));
  told(true, 1_500);
  expect(healths.known('a', 's')).toEqual(both('impaired'));
  told(true, 2_500);
  expect(healths.known('a', 's')).toBeUndefined();
});
