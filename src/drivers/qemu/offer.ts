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
    instanceType: (name) => (offered.has(name) ? { ...instanceTypeInfo(name), ...asHere(canUefi) } : undefined),
    refresh: async () => {
      canUefi = firmware() !== undefined;
      await imported.refresh();
    },
    images: imported.images,
    snapshots: imported.snapshots,
  };
}

/** What machines here can, whatever their type is. Their root is a volume; how they boot, as this computer has firmware. */
const asHere = (canUefi: boolean): InstanceTypeInfo => ({
  SupportedRootDeviceTypes: ['ebs'],
  SupportedBootModes: canUefi ? ['legacy-bios', 'uefi'] : ['legacy-bios'],
});

/** As many disks of its own a machine may have: its other devices need places, too. */
const mostDisks = 4;

/** Virtual machines of this computer's kind, without devices that it has not, which are not larger than all of it. */
function fits(type: Hardware, { host }: QemuSettings): boolean {
  const { gpus, inference, fpgas, media, neuron } = type.accelerators;
  const disks = type.disks.reduce((sum, { count }) => sum + count, 0);
  const extras = gpus.length + inference.length + fpgas.length + media.length + neuron.length;
  return (
    !type.bareMetal &&
    extras === 0 &&
    disks <= mostDisks &&
    type.architectures.includes('x86_64') &&
    type.memoryMiB <= (host.memoryMiB ?? Number.POSITIVE_INFINITY) &&
    type.vcpus <= (host.vcpus ?? Number.POSITIVE_INFINITY)
  );
}
