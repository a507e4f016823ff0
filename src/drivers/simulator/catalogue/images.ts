import { createHash } from 'node:crypto';
import type { CatalogueBlockDevice, CatalogueImage, CatalogueSnapshot } from './image-types.ts';
import type { Release, ReleaseVolume } from './release.ts';
import { amazonReleases } from './releases-amazon.ts';
import { linuxReleases } from './releases-linux.ts';
import { paravirtualReleases } from './releases-paravirtual.ts';
import { ubuntuReleases } from './releases-ubuntu.ts';
import { windowsReleases } from './releases-windows.ts';

/** What one region offers. */
interface Shelf {
  readonly images: readonly CatalogueImage[];
  readonly snapshots: readonly CatalogueSnapshot[];
}

const PREFIX = { kernel: 'aki', machine: 'ami', ramdisk: 'ari' } as const;

let releases: readonly Release[] | undefined;
const shelves = new Map<string, Shelf>();

/** The public images of a region, worked out once; none where AWS has no such region. */
export function catalogueImages(region: string): readonly CatalogueImage[] {
  return shelf(region).images;
}

/** The public snapshots from which those images make volumes. */
export function catalogueSnapshots(region: string): readonly CatalogueSnapshot[] {
  return shelf(region).snapshots;
}

function shelf(region: string): Shelf {
  const known = shelves.get(region);
  if (known) return known;
  releases ??= [
    ...amazonReleases(),
    ...ubuntuReleases(),
    ...linuxReleases(),
    ...windowsReleases(),
    ...paravirtualReleases(),
  ];
  const made = {
    images: Object.freeze(releases.map((release) => imageOf(release, region))),
    snapshots: Object.freeze(releases.flatMap((release) => snapshotsOf(release, region))),
  };
  shelves.set(region, made);
  return made;
}

/** A leading 0 and 16 digits of a digest: the same in every process and every installation. */
function idOf(prefix: string, ...of: readonly string[]): string {
  return `${prefix}-0${createHash('sha256').update(of.join('\n')).digest('hex').slice(0, 16)}`;
}

function imageId(release: Release, region: string): string {
  const prefix = PREFIX[release.kind ?? 'machine'];
  return idOf(prefix, prefix, region, release.publisher.id, release.name);
}

function snapshotId(release: Release, volume: ReleaseVolume, region: string): string {
  return idOf('snap', 'snap', region, release.publisher.id, release.name, volume.device);
}

/** The kernel or ramdisk of that name and kind; the tests see that it exists. */
function bootPart(kind: 'kernel' | 'ramdisk', name: string | undefined, region: string): string | undefined {
  const part = releases?.find((release) => release.kind === kind && release.name === name);
  return part && imageId(part, region);
}

function imageOf(release: Release, region: string): CatalogueImage {
  const { publisher } = release;
  return Object.freeze({
    id: imageId(release, region),
    type: release.kind ?? 'machine',
    name: release.name,
    description: release.description,
    ownerId: publisher.id,
    ownerAlias: publisher.alias,
    location: release.manifest?.replace('REGION', region) ?? `${publisher.alias ?? publisher.id}/${release.name}`,
    architecture: release.architecture,
    platform: release.windows ? 'windows' : undefined,
    platformDetails: release.platformDetails ?? 'Linux/UNIX',
    usageOperation: release.usageOperation ?? 'RunInstances',
    hypervisor: 'xen',
    ...rootOf(release),
    blockDevices: devicesOf(release, region),
    kernelId: bootPart('kernel', release.kernel, region),
    ramdiskId: bootPart('ramdisk', release.ramdisk, region),
    ...driversOf(release),
    bootMode: release.bootMode,
    tpmSupport: release.tpm ? 'v2.0' : undefined,
    imdsSupport: release.imdsV2 ? 'v2.0' : undefined,
    freeTierEligible: release.freeTier ?? false,
    createdAt: Date.parse(release.created),
    deprecatedAt: release.deprecated === undefined ? undefined : Date.parse(release.deprecated),
    public: true,
  });
}

function rootOf(release: Release): Pick<CatalogueImage, 'rootDeviceName' | 'rootDeviceType'> {
  const [root] = release.volumes;
  if (root) return { rootDeviceType: 'ebs', rootDeviceName: root.device };
  const bootable = (release.kind ?? 'machine') === 'machine';
  return { rootDeviceType: 'instance-store', rootDeviceName: bootable ? '/dev/sda1' : undefined };
}

/** Paravirtual machines know neither of the fast network drivers. */
function driversOf(release: Release): Pick<CatalogueImage, 'enaSupport' | 'sriovNetSupport' | 'virtualizationType'> {
  if (release.paravirtual) {
    return { virtualizationType: 'paravirtual', enaSupport: false, sriovNetSupport: undefined };
  }
  return { virtualizationType: 'hvm', enaSupport: true, sriovNetSupport: 'simple' };
}

function devicesOf(release: Release, region: string): readonly CatalogueBlockDevice[] {
  const volumes = release.volumes.map((volume) => ({
    deviceName: volume.device,
    virtualName: undefined,
    ebs: {
      snapshotId: snapshotId(release, volume, region),
      sizeGiB: volume.sizeGiB,
      volumeType: volume.type,
      iops: volume.iops,
      throughputMBps: volume.throughputMBps,
      deleteOnTermination: true,
      encrypted: false as const,
    },
  }));
  const disks = (release.ephemeral ?? []).map((device, at) => ({
    deviceName: device,
    virtualName: `ephemeral${at}`,
    ebs: undefined,
  }));
  return [...volumes, ...disks];
}

function snapshotsOf(release: Release, region: string): readonly CatalogueSnapshot[] {
  return release.volumes.map((volume) => ({
    id: snapshotId(release, volume, region),
    ownerId: release.publisher.id,
    ownerAlias: release.publisher.alias,
    sizeGiB: volume.sizeGiB,
    description: release.description ?? release.name,
    startedAt: Date.parse(release.created),
    encrypted: false,
    public: true,
  }));
}
