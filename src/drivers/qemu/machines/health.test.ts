import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../ports/driver.ts';
import type { SeenPort } from '../network/plane.ts';
import type { Doing } from './connections.ts';
import { graceMs, healthOf } from './health.ts';
import type { MachineRecord } from './record.ts';

const booted = 1_000_000;
const late = booted + 10 * graceMs;
const none = { frames: 0, bytes: 0, dropped: 0 };
const record = {
  spec: { interfaces: [{ id: 'eni-1' }] },
  ...{ disks: [], wanted: 'on', started: true, bootedAt: booted },
} as unknown as MachineRecord;

const health = (now: number, port?: Partial<SeenPort>, doing: Doing = 'running', more: Partial<MachineRecord> = {}) => {
  const ports = new Map(port && [['eni-1', { up: true, received: none, sent: none, ...port }]]);
  return healthOf(
    { ...record, ...more },
    async () => doing,
    async () => ports,
    now,
  );
};

describe('status checks', () => {
  it('are well when the guest speaks with its address', async () => {
    expect(await health(late, { heardAt: late - 30_000 })).toEqual({ system: 'ok', instance: 'ok' });
    expect(await health(booted + 1_000, { leasedAt: booted + 900 })).toEqual({ system: 'ok', instance: 'ok' });
  });

  it('wait for a guest that boots, and find one that hangs', async () => {
    expect((await health(booted + 1_000)).instance).toBe('initializing');
    expect((await health(booted + 1_000, { heardAt: booted - 1 })).instance).toBe('initializing');
    expect((await health(late, { heardAt: late - 2 * graceMs })).instance).toBe('impaired');
    expect((await health(late, { heardAt: late, up: false })).instance).toBe('impaired');
    expect((await health(booted + graceMs - 1, { heardAt: booted + 1_000 })).instance).toBe('impaired');
  });

  it('tell of a machine whose QEMU is broken, mute or gone', async () => {
    expect(await health(late, { heardAt: late }, 'broken')).toEqual({ system: 'ok', instance: 'impaired' });
    expect((await health(late, { heardAt: late }, 'gone')).system).toBe('impaired');
    const mute = async () => {
      throw new DriverError('unavailable', 'nothing');
    };
    const found = await healthOf(record, mute, async () => undefined, late);
    expect(found).toEqual({ system: 'impaired', instance: 'insufficient-data' });
  });

  it('do not apply to what is off, and begin with the machine', async () => {
    expect((await health(late, undefined, 'gone', { wanted: 'off' })).system).toBe('not-applicable');
    expect((await health(late, undefined, 'gone', { started: false })).instance).toBe('initializing');
  });
});
