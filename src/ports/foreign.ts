import type { Call, ForeignImage } from './driver.ts';
import type { ForeignVpc, RuleSpec } from './networks.ts';

/**
 * What others make, change and delete in a cloud that has other writers, such as OpenStack's own tools. Every thing has an
 * id of ours: the one that we gave it where we made it, else one that is computed from the cloud's and is the same for ever.
 */

/** What a feed tells, compared with the mark it was given. */
export interface Changes<T> {
  /** Give it back with the next question; absent: the feed always tells everything. */
  readonly mark?: string;
  /** Everything is in `things`: what is not there is gone. Else only what changed since the mark. */
  readonly whole: boolean;
  /** Ours and others' alike, in the state that the cloud says they are in now. */
  readonly things: readonly T[];
  /** Ids of things that are gone, where not everything is told. */
  readonly gone: readonly string[];
  /** Ids of things that are there, of which the cloud cannot tell anything now. */
  readonly unsure?: readonly string[];
}

/** The changes of one kind of thing, for one account. One request, or as many as pages. Throws a DriverError. */
export interface Feed<T> {
  changes(since: string | undefined, call: Call): Promise<Changes<T>>;
}

/** A machine, as the cloud sees it. */
export interface ForeignMachine {
  /** `i-…` */
  readonly id: string;
  readonly name: string;
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  /** It cannot be used, and why. */
  readonly fault?: string;
  readonly zone: string;
  readonly instanceType: string;
  /** `ami-…`; absent when it was started from a volume. */
  readonly image?: string;
  readonly keyName?: string;
  /** Epoch milliseconds. */
  readonly launchedAt: number;
  readonly interfaces: readonly {
    /** `eni-…` */
    readonly id: string;
    readonly mac: string;
    readonly subnet: string;
    /** The first is the primary one. */
    readonly privateIps: readonly string[];
    readonly publicIp?: string;
    /** `sg-…` */
    readonly groups: readonly string[];
  }[];
  readonly disks: readonly {
    readonly volume: string;
    readonly device: string;
    readonly deleteOnTermination: boolean;
  }[];
  /** What it carries as tags: Nova's metadata. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A volume, as the cloud sees it. */
export interface ForeignVolume {
  /** `vol-…` */
  readonly id: string;
  readonly name: string;
  readonly state: 'creating' | 'available' | 'in-use' | 'deleting' | 'error';
  /** It cannot be used, and why. */
  readonly fault?: string;
  /** Absent: it can be used in every zone. */
  readonly zone?: string;
  readonly sizeGiB: number;
  readonly type: string;
  readonly snapshot?: string;
  readonly encrypted: boolean;
  readonly multiAttach: boolean;
  readonly createdAt: number;
  readonly attachments: readonly { readonly instance: string; readonly device: string; readonly attachedAt: number }[];
  readonly tags: Readonly<Record<string, string>>;
}

/** A snapshot of the account's, as the cloud sees it. */
export interface ForeignOwnSnapshot {
  /** `snap-…` */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly state: 'pending' | 'completed' | 'error';
  readonly volume: string;
  readonly sizeGiB: number;
  readonly startedAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** An image of the account's, or one that another account shares with it: `ownerId` tells which. */
export interface ForeignOwnImage extends ForeignImage {
  readonly state: 'pending' | 'available' | 'failed';
  /** Whether everybody may launch it. Which accounts may is asked for each image: `ImageSharing.sharedWith`. */
  readonly isPublic: boolean;
  /** It cannot be deregistered. */
  readonly isProtected: boolean;
}

/** A public address that is allocated to the account. */
export interface ForeignAddress {
  /** `eipalloc-…` */
  readonly id: string;
  readonly publicIp: string;
  /** Where it is: an interface and one of its private addresses. */
  readonly association?: { readonly interface: string; readonly privateIp: string };
  readonly tags: Readonly<Record<string, string>>;
}

/** A security group of the account's. */
export interface ForeignGroup {
  /** `sg-…` */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly vpc: string;
  readonly isDefault: boolean;
  readonly rules: readonly ForeignRule[];
}

/** One rule, under its id. */
export interface ForeignRule extends RuleSpec {
  /** `sgr-…` */
  readonly id: string;
}

/** The feeds of a cloud that has other writers; those that it lacks are ours alone. */
export interface Foreign {
  readonly machines?: Feed<ForeignMachine>;
  readonly volumes?: Feed<ForeignVolume>;
  readonly snapshots?: Feed<ForeignOwnSnapshot>;
  readonly images?: Feed<ForeignOwnImage>;
  readonly addresses?: Feed<ForeignAddress>;
  readonly groups?: Feed<ForeignGroup>;
  readonly networks?: Feed<ForeignVpc>;
  /**
   * Our id of the machine that the cloud calls `native`; undefined when it knows none. For the metadata service, which
   * does not know whose it is: the call's account is `*`.
   */
  machineOf?(native: string, call: Call): Promise<string | undefined>;
  /** The cloud's own id of the project that an account stands for; undefined when it stands for none. */
  projectOf?(account: string): Promise<string | undefined>;
  /** The account that stands for a project, or that would: `projectOf` tells. */
  accountOf?(project: string): Promise<string>;
}
