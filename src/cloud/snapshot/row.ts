import type { StatefulRow } from '../../kernel/resource.ts';

/** An EBS snapshot. */
export interface SnapshotRow extends StatefulRow {
  readonly state: 'pending' | 'completed' | 'error';
  /** Source volume; public snapshots of the catalogue have EC2's placeholder `vol-ffffffff`. */
  readonly volume: string;
  readonly sizeGiB: number;
  readonly description: string;
  readonly encrypted: boolean;
  readonly kmsKey?: string;
  /** 0–100. */
  readonly progress: number;
  readonly completedAt?: number;
  /** The image whose making takes it: what is done to it waits for that. */
  readonly takenFor?: string;
  readonly ownerAlias?: string;
  /** Who may create volumes of it: account ids, or `all`. */
  readonly permissions: readonly string[];
  readonly note?: string;
  /** Others took it, with the cloud's own tools. */
  readonly adopted?: boolean;
  /** What the cloud called it when it was seen last. */
  readonly cloudName?: string;
  /** What the cloud had as tags when it was seen last. */
  readonly cloudTags?: Readonly<Record<string, string>>;
}
