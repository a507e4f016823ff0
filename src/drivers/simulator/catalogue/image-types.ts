/** The shapes of the catalogue's public images and of the snapshots behind them. Times are milliseconds since 1970. */

export type ImageArchitecture = 'arm64' | 'arm64_mac' | 'i386' | 'x86_64' | 'x86_64_mac';
export type ImageVolumeType = 'gp2' | 'gp3' | 'standard';

/** A device of an image: a volume made from a public snapshot, or one of the machine's own disks (`ephemeral0` …). */
export interface CatalogueBlockDevice {
  /** `/dev/xvda`. */
  readonly deviceName: string;
  /** Where it is one of the machine's own disks; then `ebs` is absent. */
  readonly virtualName: string | undefined;
  readonly ebs: CatalogueVolume | undefined;
}

export interface CatalogueVolume {
  readonly snapshotId: string;
  readonly sizeGiB: number;
  readonly volumeType: ImageVolumeType;
  /** Only where the image fixes it, as `throughputMBps`. */
  readonly iops: number | undefined;
  readonly throughputMBps: number | undefined;
  readonly deleteOnTermination: boolean;
  readonly encrypted: false;
}

/** A public image, kernel or ramdisk of one region. Member by member what DescribeImages says of the real one. */
export interface CatalogueImage {
  /** `ami-`, `aki-` or `ari-` and 17 hexadecimal digits; always the same for a region, owner, kind and name. */
  readonly id: string;
  readonly type: 'kernel' | 'machine' | 'ramdisk';
  readonly name: string;
  readonly description: string | undefined;
  readonly ownerId: string;
  readonly ownerAlias: 'amazon' | undefined;
  /** `amazon/NAME`, `OWNER/NAME`, or the bucket and manifest of an image in S3. */
  readonly location: string;
  readonly architecture: ImageArchitecture;
  readonly platform: 'windows' | undefined;
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly virtualizationType: 'hvm' | 'paravirtual';
  readonly hypervisor: 'xen';
  readonly rootDeviceType: 'ebs' | 'instance-store';
  readonly rootDeviceName: string | undefined;
  readonly blockDevices: readonly CatalogueBlockDevice[];
  readonly kernelId: string | undefined;
  readonly ramdiskId: string | undefined;
  readonly enaSupport: boolean;
  readonly sriovNetSupport: 'simple' | undefined;
  /** Absent: an instance boots as its type does by default. */
  readonly bootMode: 'legacy-bios' | 'uefi' | 'uefi-preferred' | undefined;
  readonly tpmSupport: 'v2.0' | undefined;
  readonly imdsSupport: 'v2.0' | undefined;
  readonly freeTierEligible: boolean;
  readonly createdAt: number;
  /**
   * Only of releases that were deprecated when the catalogue was made. The catalogue stands still: the newest of a family
   * has none, or the usual look-ups would one day find nothing.
   */
  readonly deprecatedAt: number | undefined;
  readonly public: true;
}

/** A public snapshot from which images make volumes. */
export interface CatalogueSnapshot {
  readonly id: string;
  readonly ownerId: string;
  readonly ownerAlias: 'amazon' | undefined;
  readonly sizeGiB: number;
  readonly description: string;
  readonly startedAt: number;
  readonly encrypted: false;
  readonly public: true;
}
