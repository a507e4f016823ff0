import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

describe('the settings of a region of real machines', () => {
  it('have defaults for everything', () => {
    const { folder, zones, binaries, patience, acceleration, host } = readSettings('local-1', undefined);
    expect(folder).toBeUndefined();
    expect(zones).toEqual([{ name: 'local-1a' }, { name: 'local-1b' }, { name: 'local-1c' }]);
    expect(binaries).toEqual({ qemu: 'qemu-system-x86_64', qemuImg: 'qemu-img' });
    expect(patience).toEqual({ stop: 120_000, reboot: 120_000, terminate: 20_000 });
    expect(acceleration).toBe('auto');
    expect(host.vcpus).toBeGreaterThan(0);
  });

  it('are what was given', () => {
    const given = {
      zones: { 'local-1b': { machines: 2 } },
      host: { memoryMiB: 512 },
      patience: { stop: 1 },
      acceleration: 'kvm',
    };
    const read = readSettings('local-1', given);
    expect(read.zones).toEqual([{ name: 'local-1b', machines: 2 }]);
    expect([read.host.memoryMiB, read.patience.stop, read.patience.reboot, read.acceleration]).toEqual([
      512,
      1,
      120_000,
      'kvm',
    ]);
  });

  it.each([
    [3, 'the settings must be a mapping'],
    [{ zone: {} }, 'setting "zone" is not known; known here: folder, zones,'],
    [{ zones: {} }, 'setting "zones" must be a mapping of at least one zone'],
    [{ zones: { other: {} } }, 'setting "zones.other" must be called local-1 and a letter'],
    [{ host: { vcpus: -1 } }, 'setting "host.vcpus" must be a whole number, 0 or more'],
    [{ host: { cpus: 1 } }, 'setting "host.cpus" is not known'],
    [{ binaries: { qemu: '' } }, 'setting "binaries.qemu" must be a text'],
    [{ acceleration: 'xen' }, 'setting "acceleration" must be one of auto, kvm, hvf, tcg'],
  ])('%j is refused', (given, message) => expect(() => readSettings('local-1', given)).toThrow(message));
});
