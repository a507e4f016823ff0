import { expect, it } from 'vitest';
import type { Firmware } from './firmware.ts';
import { loopbackOf } from './loopback.ts';
import { offerOf } from './offer.ts';
import { readSettings } from './settings.ts';

it('every type boots by BIOS, and by UEFI where this computer has firmware: what it has is looked at again and again', async () => {
  let firmware: Firmware | undefined;
  let refreshed = 0;
  const imported = {
    refresh: async () => {
      refreshed += 1;
    },
    images: () => [],
    snapshots: () => [],
  };
  const settings = readSettings('local-1', { host: { memoryMiB: 8192, vcpus: 4 } });
  const offer = offerOf('local-1', settings, imported, loopbackOf('/data'), () => firmware);
  const modes = () =>
    ['t2.micro', 't3.micro'].map((name) => offer.instanceType(name, '000000000000')?.SupportedBootModes);
  expect(modes()).toEqual([['legacy-bios'], ['legacy-bios']]);
  const flash = { file: '/firmware', format: 'raw' } as const;
  firmware = { code: flash, variables: flash };
  await offer.refresh?.();
  expect(modes()).toEqual([
    ['legacy-bios', 'uefi'],
    ['legacy-bios', 'uefi'],
  ]);
  expect(refreshed).toBe(1);
  expect(offer.instanceType('m7g.medium', '000000000000')).toBeUndefined();
});

it('types with disks of their own are offered, EC2’s default type among them, on a volume as root', () => {
  const imported = { refresh: async () => undefined, images: () => [], snapshots: () => [] };
  const settings = readSettings('local-1', { host: { memoryMiB: 262_144, vcpus: 64 } });
  const offer = offerOf('local-1', settings, imported, loopbackOf('/data'), () => undefined);
  expect(offer.instanceType('m1.small', '000000000000')).toMatchObject({
    SupportedRootDeviceTypes: ['ebs'],
    InstanceStorageInfo: { TotalSizeInGB: 160 },
  });
  expect(offer.hardware('m1.small', '000000000000')?.memoryMiB).toBe(1740);
  // 24 disks.
  expect(offer.instanceTypeNames('local-1', '000000000000')).not.toContain('d2.8xlarge');
});
