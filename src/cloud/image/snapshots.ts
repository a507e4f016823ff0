import type { Reading } from '../context/reading.ts';
import { image } from './image.ts';
import type { ImageRow } from './row.ts';

/** The account's images that stand on a snapshot. */
export const imagesOn = (cx: Reading, snapshotId: string): Promise<readonly ImageRow[]> =>
  cx.where(image, { 'block-device-mapping.snapshot-id': snapshotId });

/** The snapshots that an image stands on. */
export const snapshotsOf = (row: ImageRow): readonly string[] =>
  row.blockDevices.flatMap((device) => device.ebs?.snapshot ?? []);
