import { join } from 'node:path';
import type { ForeignImage, ForeignSnapshot } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';

/** What is kept of a public image, in `image.json`. */
export interface ImageRecord {
  readonly image: ForeignImage;
  /** The snapshot that its root volumes are made of; a kernel or ramdisk has a `file` beside its record instead. */
  readonly snapshot?: ForeignSnapshot;
  /** Of the file that was imported. */
  readonly sha256: string;
}

export const imageRecord = (folders: Folders, id: string): string => join(folders.image(id), 'image.json');
