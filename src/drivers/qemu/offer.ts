import { createHash } from 'node:crypto';
import { hardwareOf, instanceTypeNames } from '../../facts/hardware.ts';
import type { Hardware } from '../../facts/hardware-types.ts';
import { instanceTypeInfo } from '../../facts/instance-type-info.ts';
import type { Catalogue, RegionFacts } from '../../ports/driver.ts';
import type { ImageCatalogue } from './images/catalogue.ts';
import type { QemuSettings } from './settings.ts';

/** What a region of real machines offers before anybody makes anything: types that fit this computer, and the images that were imported. */
export function offerOf(region: string, settings: QemuSettings, imported: ImageCatalogue): Catalogue {
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
    publicAddressRange: () => automaticRange(region),
    instanceTypeNames: () => fitting,
    hardware: (name) => (offered.has(name) ? hardwareOf(name) : undefined),
    instanceType: (name) => (offered.has(name) ? instanceTypeInfo(name) : undefined),
    refresh: imported.refresh,
    images: imported.images,
    snapshots: imported.snapshots,
  };
}

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

/** Public addresses are addresses of this computer's own loopback network, of which each region has some; never 127.0. */
const loopback = (region: string): string => {
  const [at = 0] = createHash('sha256').update(region).digest();
  return `127.${1 + (at % 254)}`;
};

/** The lower half is for automatic addresses. */
const automaticRange = (region: string): string => `${loopback(region)}.0.0/17`;

/** The `n`th address of the upper half, which is for Elastic IPs; undefined behind the last. */
export const elasticAddress = (region: string, n: number): string | undefined =>
  n < 0x7ffe ? `${loopback(region)}.${128 + ((n + 1) >> 8)}.${(n + 1) & 0xff}` : undefined;
