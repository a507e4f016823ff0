import { describe, expect, it } from 'vitest';
import type { Server } from '../rest/nova.ts';
import { haltingOf, rebootingOf, seenOf, wakingOf } from './seen.ts';

const began = Date.UTC(2026, 0, 1);
const server = (status: string, more: Partial<Server> = {}): Server => ({
  ...{ id: 's', status, tenant_id: 'p', created: '2026-01-01T00:00:00Z', 'OS-SRV-USG:launched_at': '2026-01-01' },
  ...more,
});

describe('what brings a server that others have changed to where EC2 wants it', () => {
  it.each([
    ['SHUTOFF', { 'os-start': null }],
    ['SUSPENDED', { resume: null }],
    ['SHELVED', { unshelve: null }],
    ['SHELVED_OFFLOADED', { unshelve: null }],
    ['ERROR', { reboot: { type: 'HARD' } }],
  ])('%s is woken', (status, action) => expect(wakingOf(server(status))).toEqual(action));

  it.each([
    ['ACTIVE', { 'os-stop': null }],
    ['PAUSED', { unpause: null }],
    ['RESCUE', { 'os-stop': null }],
  ])('%s is halted', (status, action) => expect(haltingOf(server(status))).toEqual(action));

  it.each([
    ['ACTIVE', { reboot: { type: 'SOFT' } }],
    ['PAUSED', { reboot: { type: 'HARD' } }],
    ['ERROR', { reboot: { type: 'HARD' } }],
    ['RESCUE', { unrescue: null }],
  ])('%s is rebooted', (status, action) => expect(rebootingOf(server(status))).toEqual(action));

  it('one that never lived is not woken', () => {
    const fault = { code: 500, message: 'No valid host was found.', created: '' };
    const failed = server('ERROR', { 'OS-SRV-USG:launched_at': null, fault });
    expect(() => wakingOf(failed)).toThrowError(/No valid host/);
  });
});

it.each([
  ['VERIFY_RESIZE', 'resized', 4, 'off'],
  ['VERIFY_RESIZE', 'resized', 1, 'on'],
  ['SHUTOFF', 'stopped', 4, 'off'],
  ['PAUSED', 'paused', 3, 'on'],
])('%s (%s, power %i) is %s', (status, vm, power, seen) =>
  expect(seenOf(server(status, { 'OS-EXT-STS:vm_state': vm, 'OS-EXT-STS:power_state': power }), began)).toEqual({
    settled: true,
    power: seen,
  }),
);

describe('what Nova is at work on', () => {
  const building = server('BUILD');
  const lookAfter = (ms: number) => seenOf(building, began + ms).lookAgainMs;

  it('is looked at again after a part of the time that it takes already', () => {
    expect(seenOf(building, began)).toEqual({ settled: false, power: 'on', lookAgainMs: 200 });
    expect([lookAfter(5_000), lookAfter(20_000), lookAfter(600_000)]).toEqual([500, 2_000, 3_000]);
  });

  it('is looked at soon where clocks differ, or Nova does not say since when', () => {
    expect(lookAfter(-60_000)).toBe(200);
    const silent = server('BUILD', { created: 'some day' });
    expect(seenOf(silent, began)).toMatchObject({ settled: false, lookAgainMs: 200 });
  });

  it('began, for a server that is there, when it was last changed', () => {
    const stopping = server('ACTIVE', { 'OS-EXT-STS:task_state': 'powering-off', updated: '2026-01-01T01:00:00Z' });
    expect(seenOf(stopping, began + 3_610_000)).toEqual({ settled: false, power: 'on', lookAgainMs: 1_000 });
    expect(seenOf(server('ACTIVE'), began)).toEqual({ settled: true, power: 'on' });
  });
});
