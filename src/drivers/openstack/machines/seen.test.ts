import { describe, expect, it } from 'vitest';
import type { Server } from '../rest/nova.ts';
import { seenOf } from './seen.ts';

const began = Date.UTC(2026, 0, 1);
const server = (more: Partial<Server>): Server => ({
  ...{ id: 'one', status: 'ACTIVE', tenant_id: 'p1', created: '2026-01-01T00:00:00Z', updated: '2026-01-01T01:00:00Z' },
  ...more,
});

describe('what Nova is at work on', () => {
  const building = server({ status: 'BUILD' });
  const lookAfter = (ms: number) => seenOf(building, began + ms).lookAgainMs;

  it('is looked at again after a part of the time that it takes already', () => {
    expect(seenOf(building, began)).toEqual({ settled: false, power: 'on', lookAgainMs: 200 });
    expect([lookAfter(5_000), lookAfter(20_000), lookAfter(600_000)]).toEqual([500, 2_000, 3_000]);
  });

  it('is looked at soon where clocks differ, or Nova does not say since when', () => {
    expect(lookAfter(-60_000)).toBe(200);
    const silent = server({ status: 'BUILD', created: 'some day' });
    expect(seenOf(silent, began)).toMatchObject({ settled: false, lookAgainMs: 200 });
  });

  it('began, for a server that is there, when it was last changed', () => {
    const stopping = server({ 'OS-EXT-STS:task_state': 'powering-off' });
    expect(seenOf(stopping, began + 3_610_000)).toEqual({ settled: false, power: 'on', lookAgainMs: 1_000 });
    expect(seenOf(server({}), began)).toEqual({ settled: true, power: 'on' });
  });
});
