import type { StatefulRow } from '../../kernel/resource.ts';

/** What can be changed of a volume. */
export interface VolumeTraits {
  readonly sizeGiB: number;
  /** Volume type, such as `gp3`. */
  readonly type: string;
  readonly iops?: number;
  /** MiB/s, only for gp3. */
  readonly throughput?: number;
  readonly multiAttach: boolean;
}

/** The last change of a volume. Times are epoch milliseconds. */
export interface VolumeModificationRow {
  readonly state: 'modifying' | 'completed' | 'failed';
  readonly original: VolumeTraits;
  readonly target: VolumeTraits;
  readonly endedAt?: number;
  /** Why it is in state `failed`. */
  readonly note?: string;
  /** When it began, and before it those that count for how many there may be; the newest last. */
  readonly began: readonly number[];
}

/** An EBS volume. */
export interface VolumeRow extends StatefulRow, VolumeTraits {
  readonly state: 'creating' | 'available' | 'in-use' | 'deleting' | 'deleted' | 'error';
  readonly zone: string;
  /** Id of the zone, such as `use1-az1`. */
  readonly zoneId?: string;
  /** Snapshot that it was filled from. */
  readonly snapshot?: string;
  /** MiB/s at which the snapshot's blocks are fetched, where the request set it. */
  readonly initializationRate?: number;
  readonly encrypted: boolean;
  readonly kmsKey?: string;
  readonly attachments: readonly VolumeAttachmentRow[];
  readonly modification?: VolumeModificationRow;
  /** Others made it, with the cloud's own tools. */
  readonly adopted?: boolean;
  /** It can be attached in every zone, and moves to that of its instance. */
  readonly anyZone?: boolean;
  /** What the cloud called it when it was seen last. */
  readonly cloudName?: string;
  /** What the cloud had as tags when it was seen last. */
  readonly cloudTags?: Readonly<Record<string, string>>;
  /** Why it is in state `error`. */
  readonly note?: string;
}

export interface VolumeAttachmentRow {
  readonly instance: string;
  readonly device: string;
  readonly state: 'attaching' | 'attached' | 'detaching' | 'busy';
  readonly attachedAt: number;
  readonly deleteOnTermination: boolean;
}
