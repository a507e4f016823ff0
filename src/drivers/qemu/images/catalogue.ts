import { join } from 'node:path';
import type { ForeignImage, ForeignSnapshot } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';
import { namesIn, readRecord, unfinished } from '../records.ts';
import { type ImageRecord, imageRecord } from './record.ts';

/** The images that were imported, for the driver's `Catalogue`. */
export interface ImageCatalogue {
  /** Reads the folder again. The arrays stay the same ones while nothing changed. */
  refresh(): Promise<void>;
  images(): readonly ForeignImage[];
  snapshots(): readonly ForeignSnapshot[];
}

export function createImageCatalogue(folders: Folders): ImageCatalogue {
  let now: { readonly text: string; readonly records: readonly ImageRecord[] } = { text: '[]', records: [] };
  let images: readonly ForeignImage[] = [];
  let snapshots: readonly ForeignSnapshot[] = [];
  return {
    async refresh() {
      const records = await readImages(folders);
      const text = JSON.stringify(records);
      if (text === now.text) return;
      now = { text, records };
      images = records.map(({ image }) => image);
      snapshots = records.flatMap(({ snapshot }) => snapshot ?? []);
    },
    images: () => images,
    snapshots: () => snapshots,
  };
}

/** The imported images, in the order of their ids. */
export async function readImages(folders: Folders): Promise<readonly ImageRecord[]> {
  const found: ImageRecord[] = [];
  for (const id of await namesIn(join(folders.root, 'images'))) {
    if (id.endsWith(unfinished)) continue;
    const record = await readRecord<ImageRecord>(imageRecord(folders, id));
    if (record !== undefined) found.push(record);
  }
  return found;
}
