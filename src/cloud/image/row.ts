import type { StatefulRow } from '../../kernel/resource.ts';

/** An image: AMI, or a kernel (AKI) or ramdisk (ARI) image. */
export interface ImageRow extends StatefulRow {
  readonly state: 'pending' | 'available' | 'deregistered' | 'failed';
  /** `machine`, `kernel` or `ramdisk`. */
  readonly type: 'machine' | 'kernel' | 'ramdisk';
  readonly name: string;
  readonly description?: string;
  /** `OWNER/NAME`, or the manifest path of an instance-store image. */
  readonly location: string;
  readonly ownerAlias?: string;
  readonly architecture: 'i386' | 'x86_64' | 'arm64' | 'x86_64_mac' | 'arm64_mac';
  readonly platform?: 'windows';
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly virtualization: 'hvm' | 'paravirtual';
  readonly hypervisor: 'xen' | 'ovm';
  readonly rootDeviceType: 'ebs' | 'instance-store';
  readonly rootDeviceName?: string;
  readonly blockDevices: readonly BlockDeviceRow[];
  readonly kernel?: string;
  readonly ramdisk?: string;
  readonly enaSupport: boolean;
  readonly sriov?: string;
  readonly bootMode?: 'legacy-bios' | 'uefi' | 'uefi-preferred';
  readonly tpm?: string;
  readonly imdsSupport?: string;
  /** Who may launch it besides the owner: account ids, or `all`. */
  readonly launchPermissions: readonly string[];
  readonly productCodes: readonly string[];
  /** Epoch milliseconds. */
  readonly deprecatedAt?: number;
  /** When its owner launched it last. */
  readonly lastLaunchedAt?: number;
  /** Instance that CreateImage made it of, and the image that instance was launched from. */
  readonly sourceInstance?: string;
  readonly sourceImage?: string;
  readonly sourceImageRegion?: string;
  readonly freeTierEligible?: boolean;
  /** Base64: the UEFI variable store. */
  readonly uefiData?: string;
  readonly stateReason?: { readonly code: string; readonly message: string };
  /** The account that owns it, where another's cloud shares it with the row's: absent for one's own. */
  readonly owner?: string;
  /** Others made it in the cloud: it is there while the cloud says so. */
  readonly adopted?: true;
  /** A catalogue that changes put it there: it is there while it is public. */
  readonly offered?: true;
  /** The cloud decides who may use it: the accounts among `launchPermissions` hear of it from their own cloud. */
  readonly cloudShares?: true;
  /** How often launch permissions were changed, while the cloud has not yet been told of the last change. */
  readonly sharing?: number;
  /** Nobody may deregister it. */
  readonly isProtected?: true;
  /** A request has described it: the cloud's own description does not count. */
  readonly described?: true;
}

/** One line of a block device mapping. Exactly one of `ebs`, `virtualName`, `noDevice` is there. */
export interface BlockDeviceRow {
  readonly device: string;
  readonly virtualName?: string;
  readonly noDevice?: boolean;
  readonly ebs?: {
    readonly snapshot?: string;
    readonly sizeGiB?: number;
    readonly type: string;
    readonly iops?: number;
    readonly throughput?: number;
    readonly deleteOnTermination: boolean;
    readonly encrypted?: boolean;
    readonly kmsKey?: string;
  };
}
