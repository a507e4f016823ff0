import { idOf } from '../ids.ts';
import type { Image } from '../rest/glance.ts';

/** What decides the EC2 ids of images, and the accounts that own them. */
export interface Naming {
  /** Our ids of the images and snapshots that we made, by the cloud's. */
  readonly made: ReadonlyMap<string, string>;
  /** The id of an image of another list. */
  readonly known?: (native: string) => string | undefined;
  /** Whether an image's own word for its id counts: only where none but the cloud's keepers can have written it. */
  readonly believe: boolean;
  /** Accounts by project; nobody's images are those of the project ''. */
  readonly accounts: ReadonlyMap<string, string>;
}

/** What an image is: only machines boot. */
export type ImageType = 'machine' | 'kernel' | 'ramdisk';

export const prefixes = { machine: 'ami', kernel: 'aki', ramdisk: 'ari' } as const;

export function typeOf(image: Image): ImageType {
  const formats = [image.container_format, image.disk_format];
  if (formats.includes('aki')) return 'kernel';
  return formats.includes('ari') ? 'ramdisk' : 'machine';
}

/**
 * The EC2 ids of images by their Glance ids: one of ours, one that is known, or one that comes of Glance's. An image that
 * is believed and names an EC2 id of its kind keeps it; the oldest that names it does, since Nova copies an image's
 * properties to the images that are made of its servers.
 *
 * @param images the oldest first
 */
export function idsOf(images: readonly Image[], { made, known, believe }: Naming): ReadonlyMap<string, string> {
  const taken = new Set(made.values());
  const ids = new Map<string, string>();
  for (const image of images) {
    const prefix = prefixes[typeOf(image)];
    const said = [text(image, 'elsewhere'), text(image, 'ec2_id')].find(
      (id) =>
        believe && id !== undefined && new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id) && !taken.has(id),
    );
    const id = made.get(image.id) ?? known?.(image.id) ?? said ?? idOf(prefix, image.id);
    taken.add(id);
    ids.set(image.id, id);
  }
  return ids;
}

/** A property that is a text with something in it. */
export function text(image: Image, name: string): string | undefined {
  const value = image[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
