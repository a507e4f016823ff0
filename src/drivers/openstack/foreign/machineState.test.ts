import { expect, it } from 'vitest';
import type { Server } from '../rest/nova.ts';
import { machineStateOf } from './machineState.ts';

const server = (status: string, task: string | null = null, power = 0): Server => ({
  ...{ id: 's', status, tenant_id: 'p', created: '2026-01-01T00:00:00Z' },
  'OS-EXT-STS:task_state': task,
  'OS-EXT-STS:power_state': power,
});

it.each([
  ['BUILD', 'spawning', 'pending'],
  ['BUILD', 'deleting', 'shutting-down'],
  ['ACTIVE', null, 'running'],
  ['ACTIVE', 'powering-off', 'stopping'],
  ['ACTIVE', 'deleting', 'shutting-down'],
  ['ACTIVE', 'image_snapshot', 'running'],
  ['REBOOT', 'reboot_started', 'running'],
  ['VERIFY_RESIZE', null, 'running'],
  ['PAUSED', null, 'running'],
  ['RESCUE', null, 'running'],
  ['SHUTOFF', null, 'stopped'],
  ['SHUTOFF', 'powering-on', 'pending'],
  ['SUSPENDED', null, 'stopped'],
  ['SHELVED', 'shelving_offloading', 'stopped'],
  ['SHELVED_OFFLOADED', 'unshelving', 'pending'],
  ['DELETED', null, 'terminated'],
  ['SOFT_DELETED', null, 'terminated'],
] as const)('%s, at work on %s: %s', (status, task, state) => expect(machineStateOf(server(status, task))).toBe(state));

it.each([
  ['RESIZE', 'active', 'resize_migrating', 4, 'running'],
  ['RESIZE', 'stopped', 'resize_prep', 4, 'stopped'],
  ['VERIFY_RESIZE', 'resized', null, 1, 'running'],
  ['VERIFY_RESIZE', 'resized', null, 4, 'stopped'],
  ['REVERT_RESIZE', 'resized', 'resize_reverting', 4, 'stopped'],
] as const)('%s of one that was %s, at work on %s, power %i: %s', (status, vm, task, power, state) =>
  expect(machineStateOf({ ...server(status, task, power), 'OS-EXT-STS:vm_state': vm })).toBe(state),
);

it('a server in ERROR runs while its guest does', () => {
  expect([machineStateOf(server('ERROR', null, 1)), machineStateOf(server('ERROR', null, 4))]).toEqual([
    'running',
    'stopped',
  ]);
});
