import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import type { Capabilities } from './capabilities.ts';
import type { Consoles } from './consoles.ts';
import type { Foreign } from './foreign.ts';
import type { KeyAuthority } from './identity.ts';
import type { DiskSpec, InterfaceSpec, MachineSpec } from './machine.ts';
import type { Networks } from './networks.ts';
import type { QuotaLeft, StorageAsked, StorageLeft } from './quotas.ts';
import type { ImageSharing } from './sharing.ts';
import type { SeenTags, TagChange } from './tags.ts';

export type { Capabilities } from './capabilities.ts';
export type { DiskSpec, InterfaceSpec, MachineSpec } from './machine.ts';
export type { QuotaLeft, StorageAsked, StorageLeft, StorageRoom, VolumeAsked } from './quotas.ts';
export * from './trouble.ts';
export { type About, DriverError, type Trouble } from './trouble.ts';

/**
 * What stands between EC2's rules and a cloud. A driver only makes things exist; it knows no EC2 rule.
 * Every kind of thing has the same four verbs, keyed by OUR id, so that faults, records, meters and traces are one wrapper each.
 */

/** For whom and why a driver is called. */
export interface Call {
  readonly account: string;
  readonly region: string;
  /** The operation behind the call; the same again when a step is repeated. */
  readonly operation: string;
  readonly signal: AbortSignal;
}

/** What the cloud says. `settled: false` = accepted, look again after `lookAgainMs`. */
export interface Seen {
  readonly settled: boolean;
  readonly lookAgainMs?: number;
  /** A note for StateReason or StatusMessage. */
  readonly note?: string;
}

export interface Listed<S extends Seen> {
  readonly id: string;
  readonly seen: S;
}

export interface Kind<Spec, S extends Seen> {
  /** Converges to `spec`. Safe to repeat and to resume after a crash. */
  ensure(id: string, spec: Spec, call: Call): Promise<S>;
  /** What is there; undefined = surely absent; unsure = throws `unavailable`. */
  look(id: string, call: Call): Promise<S | undefined>;
  /** Makes it gone, or finds that it never was. `settled: false` = going. */
  absent(id: string, call: Call): Promise<Seen>;
  /** Everything of ours in a region. */
  list(call: Call): AsyncIterable<Listed<S>>;
  /**
   * Changes the tags that the cloud shows; what it has no room for is left out. Safe to repeat. Absent: tags are ours alone.
   */
  retag?(id: string, change: TagChange, call: Call): Promise<SeenTags>;
}

export type Power = 'on' | 'off';

export interface SeenMachine extends Seen {
  readonly power: Power;
}

export interface Compute extends Kind<MachineSpec, SeenMachine> {
  power(id: string, want: Power, how: { readonly force: boolean }, call: Call): Promise<SeenMachine>;
  /** `force`: its power is cut, where the cloud would ask its guest to shut down first. */
  absent(id: string, call: Call, how?: { readonly force: boolean }): Promise<Seen>;
  reboot(id: string, call: Call): Promise<Seen>;
  attach(id: string, disk: DiskSpec, call: Call): Promise<Seen>;
  detach(id: string, disk: DiskSpec, how: { readonly force: boolean }, call: Call): Promise<Seen>;
  /**
   * Gives a machine, also one that runs, a further network interface, which its specification has from then on. Safe to repeat
   * and to resume. Absent: interfaces come with the machine alone.
   */
  attachInterface?(id: string, nic: InterfaceSpec, call: Call): Promise<Seen>;
  /** Takes it away again, by its id; a guest that does not let it go makes it `settled: false`. Safe to repeat; done where it, or the machine, never was. */
  detachInterface?(id: string, on: string, call: Call): Promise<Seen>;
  /**
   * Makes a machine that is off one of another type, at once. Safe to repeat and to resume; asking for the type that it had
   * takes back what was begun. Absent: a machine is of the type that `ensure` says from its next start on.
   */
  resize?(id: string, instanceType: string, call: Call): Promise<Seen>;
  /** Read-only probe: what the machine wrote on its console; undefined before the first line. Time is epoch milliseconds. */
  consoleLog(id: string, call: Call): Promise<{ readonly text: Uint8Array; readonly at: number } | undefined>;
  /** Read-only probe: how many more machines of the type the zone can take now. */
  room(zone: string, instanceType: string, call: Call): Promise<number>;
  /** Read-only probe, where the cloud has quotas of its own: how many more machines of a type the account may have. */
  quota?(instanceType: string, call: Call): Promise<QuotaLeft>;
  /** Read-only probe for status checks. */
  health(id: string, call: Call): Promise<{ readonly system: Health; readonly instance: Health }>;
  /**
   * Read-only probe, where machines can go off by themselves: those that did since `power` was last asked of them. One is
   * told again and again, until `power` or `absent` is.
   */
  ended?(call: Call): Promise<readonly EndedMachine[]>;
  /** Read-only probe, where it can be told: what each machine that is on has used since its power came on. */
  usage?(call: Call): Promise<readonly Usage[]>;
}

/** What a machine has used. What is not known is absent. */
export interface Usage {
  readonly id: string;
  readonly cpuSeconds?: number;
  readonly disk?: { readonly readBytes: number; readonly writtenBytes: number };
  /** As the machine sees it: `sent` came from it. */
  readonly network?: { readonly receivedBytes: number; readonly sentBytes: number; readonly droppedFrames: number };
}

/** A machine that went off although nobody asked: its system shut itself down, or the machine failed. */
export interface EndedMachine {
  readonly id: string;
  readonly why: 'shutdown' | 'crash';
}

export type Health = 'ok' | 'impaired' | 'initializing' | 'insufficient-data' | 'not-applicable';

export interface VolumeSpec {
  readonly zone: string;
  readonly sizeGiB: number;
  readonly type: string;
  readonly iops?: number;
  readonly throughput?: number;
  readonly snapshot?: string;
  readonly encrypted: boolean;
}

export interface SnapshotSpec {
  readonly volume: string;
  readonly sizeGiB: number;
}

export interface SeenSnapshot extends Seen {
  /** 0–100. */
  readonly progress: number;
}

export interface ImageSpec {
  /** The instance that the image is made of, unless it is registered from snapshots. */
  readonly instance?: string;
  readonly reboot: boolean;
  /** The root is the machine's own disk, whose content the cloud keeps; its other disks are in `snapshots`. */
  readonly ownDisk?: boolean;
  readonly snapshots: readonly { readonly device: string; readonly snapshot: string; readonly volume?: string }[];
}

/** A device of a public image: a volume made of a snapshot (`ebs`), or one of the machine's own disks (`virtualName`). */
export interface ForeignBlockDevice {
  readonly deviceName: string;
  readonly virtualName?: string;
  readonly ebs?: {
    readonly snapshotId: string;
    readonly sizeGiB: number;
    readonly volumeType: string;
    readonly iops?: number;
    readonly throughputMBps?: number;
    readonly deleteOnTermination: boolean;
    readonly encrypted: boolean;
  };
}

/** A public image, kernel or ramdisk that the cloud already has, in the words of DescribeImages. Times: epoch milliseconds. */
export interface ForeignImage {
  /** `ami-…`, `aki-…` or `ari-…`; the same for ever. */
  readonly id: string;
  readonly type: 'machine' | 'kernel' | 'ramdisk';
  readonly name: string;
  readonly description?: string;
  readonly ownerId: string;
  readonly ownerAlias?: string;
  readonly location: string;
  readonly architecture: 'i386' | 'x86_64' | 'arm64' | 'x86_64_mac' | 'arm64_mac';
  readonly platform?: 'windows';
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly virtualizationType: 'hvm' | 'paravirtual';
  readonly hypervisor: 'xen' | 'ovm';
  readonly rootDeviceType: 'ebs' | 'instance-store';
  readonly rootDeviceName?: string;
  readonly blockDevices: readonly ForeignBlockDevice[];
  readonly kernelId?: string;
  readonly ramdiskId?: string;
  readonly enaSupport: boolean;
  readonly sriovNetSupport?: string;
  readonly bootMode?: 'legacy-bios' | 'uefi' | 'uefi-preferred';
  readonly tpmSupport?: string;
  readonly imdsSupport?: string;
  readonly freeTierEligible: boolean;
  readonly createdAt: number;
  readonly deprecatedAt?: number;
}

/** A public snapshot that the cloud already has. */
export interface ForeignSnapshot {
  readonly id: string;
  readonly ownerId: string;
  readonly ownerAlias?: string;
  readonly sizeGiB: number;
  readonly description: string;
  readonly startedAt: number;
  readonly encrypted: boolean;
}

export interface Zone {
  readonly name: string;
  readonly id: string;
  readonly region: string;
  readonly groupName: string;
  readonly networkBorderGroup: string;
}

export interface RegionFacts {
  readonly name: string;
  readonly endpoint: string;
  readonly optInStatus: 'opt-in-not-required' | 'opted-in' | 'not-opted-in';
  readonly zones: readonly Zone[];
}

/** What the core needs of an instance type. */
export interface Hardware {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly architectures: readonly string[];
}

/**
 * The cloud's own catalogue: what it offers before anyone makes anything. Pure data; only `refresh` and `refreshTypes` make
 * calls.
 */
export interface Catalogue {
  /**
   * Brings the rest up to date, where the cloud's catalogue changes. Cheap when that was done a moment ago; a cloud that
   * cannot be reached leaves what was known.
   */
  refresh?(): Promise<void>;
  /** The regions that exist without configuration. */
  regions(): readonly RegionFacts[];
  /** Facts of a region by name; a name of one's own (`lab-1`) gets zones named after it. */
  region(name: string): RegionFacts;
  /** CIDR block of the public IPv4 addresses that the cloud hands out in a region. */
  publicAddressRange(region: string): string;
  /**
   * Brings the instance types up to date that an account may use, where that is not the same for all: those that are named, or
   * all. Where the cloud cannot be reached what was known is left; throws a DriverError when that is nothing.
   */
  refreshTypes?(account: string, names?: readonly string[]): Promise<void>;
  instanceTypeNames(region: string, account: string): readonly string[];
  /** Undefined: there is no such type, or not for this account. */
  hardware(name: string, account: string): Hardware | undefined;
  instanceType(name: string, account: string): InstanceTypeInfo | undefined;
  /** Public images of a region, in a stable order; the same array while nothing changed. */
  images(region: string): readonly ForeignImage[];
  /** The public snapshots that volumes of those images are made of. */
  snapshots(region: string): readonly ForeignSnapshot[];
}

export interface Driver {
  readonly name: string;
  readonly can: Capabilities;
  readonly catalogue: Catalogue;
  readonly compute: Compute;
  readonly volumes: Kind<VolumeSpec, Seen>;
  readonly snapshots: Kind<SnapshotSpec, SeenSnapshot>;
  readonly images: Kind<ImageSpec, Seen>;
  readonly networks?: Networks;
  /** Where machines have consoles that can be opened, and screens. */
  readonly consoles?: Consoles;
  /** Where the cloud has other writers than us. */
  readonly foreign?: Foreign;
  /** Where the cloud decides who may use an image. Else the core does. */
  readonly imageSharing?: ImageSharing;
  /** Where the cloud knows access keys itself. */
  readonly identity?: KeyAuthority;
  /** Read-only probe, where the cloud has quotas of its own: what more of volumes and snapshots the account may have. */
  storageQuota?(asked: readonly StorageAsked[], call: Call): Promise<StorageLeft>;
  /** Throws a DriverError when the cloud cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
