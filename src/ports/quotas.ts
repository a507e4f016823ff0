/** What a cloud's own quotas leave of machines of one type, and which limit that is (`vcpus`: processors or memory). */
export interface QuotaLeft {
  readonly left: number;
  readonly limit: 'instances' | 'vcpus';
}

/** A volume that is to be made, as far as that decides which quotas it takes of: its type, and what it is filled from. */
export interface VolumeAsked {
  readonly type: string;
  readonly snapshot?: string;
}

/** A volume that is to be made, or (`volume`) one that a snapshot is to be taken of. */
export type StorageAsked = VolumeAsked | { readonly volume: string };

/** What quotas leave of volumes and snapshots. What is not limited is a very large number. */
export interface StorageRoom {
  readonly volumes: number;
  /** Total size of further volumes. */
  readonly volumeGiB: number;
  readonly snapshots: number;
  /**
   * Total size of further snapshots. Absent where it is not known whether they take of the sizes that are left: that may be
   * a setting of the cloud's that nobody is told.
   */
  readonly snapshotGiB?: number;
}

/** What a cloud's own quotas leave of volumes and snapshots. */
export interface StorageLeft extends StorageRoom {
  /** The largest size of one volume, where the cloud limits it. */
  readonly largestGiB?: number;
  /** What is left besides of what is alike in the cloud, where it has quotas for that: which of those asked about it is. */
  readonly ofTypes?: readonly (StorageRoom & { readonly asked: readonly StorageAsked[] })[];
}
