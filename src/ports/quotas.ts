/** What a cloud's own quotas leave of machines of one type, and which limit that is (`vcpus`: processors or memory). */
export interface QuotaLeft {
  readonly left: number;
  readonly limit: 'instances' | 'vcpus';
}

/** What a cloud's own quotas leave of volumes and snapshots. What is not limited is a very large number. */
export interface StorageLeft {
  readonly volumes: number;
  /** Total size of further volumes. */
  readonly volumeGiB: number;
  readonly snapshots: number;
  /**
   * Total size of further snapshots, where it is known that they take of a quota of sizes. Whether they do may be a setting
   * of the cloud's that nobody is told.
   */
  readonly snapshotGiB?: number;
}
