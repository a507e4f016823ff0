import type { CatalogueImage, ImageArchitecture, ImageVolumeType } from './image-types.ts';

/** Who publishes images. The alias is there for publishers that AWS has verified. */
export interface Publisher {
  readonly id: string;
  readonly alias?: 'amazon';
}

/** A volume of a release. Its snapshot gets its id when the release is placed in a region. */
export interface ReleaseVolume {
  readonly device: string;
  readonly sizeGiB: number;
  readonly type: ImageVolumeType;
  readonly iops?: number;
  readonly throughputMBps?: number;
}

/** An image as it was published everywhere, before a region gives it ids. Left out: the usual value. */
export interface Release {
  readonly kind?: CatalogueImage['type'];
  readonly name: string;
  readonly description?: string;
  readonly publisher: Publisher;
  readonly architecture: ImageArchitecture;
  /** ISO 8601, to the second, UTC. */
  readonly created: string;
  readonly deprecated?: string;
  /** The first one is the root; none: the root is on an instance store. */
  readonly volumes: readonly ReleaseVolume[];
  /** Devices that become the machine's own disks, in order: the first is `ephemeral0`. */
  readonly ephemeral?: readonly string[];
  /** Where an image on an instance store lies; `REGION` stands for the region. */
  readonly manifest?: string;
  readonly paravirtual?: boolean;
  /** Names of the kernel and ramdisk, of the same catalogue, that it boots with. */
  readonly kernel?: string;
  readonly ramdisk?: string;
  readonly windows?: boolean;
  readonly platformDetails?: string;
  readonly usageOperation?: string;
  readonly bootMode?: CatalogueImage['bootMode'];
  readonly tpm?: boolean;
  /** Instances start with IMDSv2 only. */
  readonly imdsV2?: boolean;
  readonly freeTier?: boolean;
}

export const INTEL_AND_ARM = ['x86_64', 'arm64'] as const;

/** How a publisher of Linux spells a processor: `amd64` or `x86_64`, `arm64` or `aarch64`. */
export type Spelling = Readonly<Record<(typeof INTEL_AND_ARM)[number], string>>;
export const DEBIAN_SPELLING: Spelling = { x86_64: 'amd64', arm64: 'arm64' };
export const KERNEL_SPELLING: Spelling = { x86_64: 'x86_64', arm64: 'aarch64' };

/** Arm machines boot by UEFI and no other way. */
export function bootModeOf(architecture: ImageArchitecture, otherwise?: CatalogueImage['bootMode']) {
  const mode = architecture === 'arm64' ? 'uefi' : otherwise;
  return mode ? { bootMode: mode } : {};
}
