import { join } from 'node:path';
import type { Folders } from '../folders.ts';
import { readRecord } from '../records.ts';
import { snapshotRecord } from './layers.ts';

/** What is kept of a snapshot, in `snapshot.json`. */
export interface SnapshotRecord {
  /** The region that it is of. */
  readonly region: string;
  /** The volume that it was taken of; absent for one that came with an image. */
  readonly volume?: string;
  readonly sizeGiB: number;
  /** The file that it is, below the region's folder. */
  readonly layer: string;
  /** `taking`: it may be that its volume is still written to this file. */
  readonly state: 'taking' | 'done';
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

export const readSnapshot = (folders: Folders, id: string): Promise<SnapshotRecord | undefined> =>
  readRecord<SnapshotRecord>(snapshotRecord(folders, id));

/** The file of a snapshot that new volumes may stand on. */
export const layerFile = (folders: Folders, record: SnapshotRecord): string => join(folders.root, record.layer);
