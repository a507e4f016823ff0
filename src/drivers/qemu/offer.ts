import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { hardwareOf, instanceTypeNames } from '../../facts/hardware.ts';
import type { Hardware } from '../../facts/hardware-types.ts';
import { instanceTypeInfo } from '../../facts/instance-type-info.ts';
import type { Catalogue, RegionFacts } from '../../ports/driver.ts';
import type { Firmware } from './firmware.ts';
import type { ImageCatalogue } from './images/catalogue.ts';
import type { Loopback } from './loopback.ts';
import type { QemuSettings } from './settings.ts';

/** What a region of real machines offers before anybody makes anything: types that fit this computer, and the images that were imported. */
export function offerOf(
  region: string,
  settings: QemuSettings,
  imported: ImageCatalogue,
  { automatic }: Loopback,
  firmware: () => Firmware | undefined,
): Catalogue {
  let canUefi = firmware() !== undefined;
  const facts: RegionFacts = {
    name: region,
    endpoint: `ec2.${region}.localhost`,
    optInStatus: 'opt-in-not-required',
    zones: settings.zones.map(({ name }, at) => ({
      name,
      id: `${region}-az${at + 1}`,
      region,
      groupName: `${region}-zg-1`,
      networkBorderGroup: region,
    })),
  };
  const fitting = instanceTypeNames().filter((name) => fits(hardwareOf(name)!, settings));
  const offered = new Set(fitting);
  return {
    regions: () => [facts],
    region: () => facts,
    publicAddressRange: () => automatic,
    instanceTypeNames: () => fitting,
    hardware: (name) => (offered.has(name) ? hardwareOf(name) : undefined),
    instanceType: (name) => (offered.has(name) ? { ...instanceTypeInfo(name), ...bootModes(canUefi) } : undefined),
    refresh: async () => {
      canUefi = firmware() !== undefined;
      await imported.refresh();
    },
    images: imported.images,
    snapshots: imported.snapshots,
  };
}

/** How machines boot, whatever their type is: as this computer has firmware. */
const bootModes = (canUefi: boolean): InstanceTypeInfo => ({
  SupportedBootModes: canUefi ? ['legacy-bios', 'uefi'] : ['legacy-bios'],
});

/** Virtual machines of this computer's kind, without devices that it has not, which are not larger than all of it. */
function fits(type: Hardware, { host }: QemuSettings): boolean {
  const { gpus, inference, fpgas, media, neuron } = type.accelerators;
  const extras = type.disks.length + gpus.length + inference.length + fpgas.length + media.length + neuron.length;
  return (
    !type.bareMetal &&
    extras === 0 &&
    type.architectures.includes('x86_64') &&
    type.memoryMiB <= (host.memoryMiB ?? Number.POSITIVE_INFINITY) &&
    type.vcpus <= (host.vcpus ?? Number.POSITIVE_INFINITY)
  );
}
