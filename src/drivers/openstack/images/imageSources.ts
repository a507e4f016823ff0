import type { Call } from '../../../ports/driver.ts';
import type { OpenStackCatalogue } from '../catalogue.ts';
import type { Images } from '../images.ts';
import type { OwnImages } from './ownImages.ts';

/** Where images are looked for: those that we made, those of projects, and the public ones. */
export interface ImageSources {
  readonly images: Pick<Images, 'nativeOf'>;
  readonly others: Pick<OwnImages, 'find'>;
  readonly catalogue: Pick<OpenStackCatalogue, 'imageOf'>;
}

/** Gives Glance's id of the image that a machine boots from; undefined where there is none with bytes. */
export const bootImage =
  ({ images, others, catalogue }: ImageSources) =>
  async (id: string, call: Call): Promise<string | undefined> => {
    const ours = await images.nativeOf(id, call);
    if (ours !== undefined) return ours ?? undefined;
    const known = await catalogue.imageOf(id);
    if (known !== undefined) return known;
    const found = await others.find(id, call);
    return found?.ofVolumes ? undefined : found?.native;
  };

/** Gives Glance's id of an image of the account's, with bytes or without; undefined where Glance has none. */
export const anyImage =
  ({ images, others }: Omit<ImageSources, 'catalogue'>) =>
  async (id: string, call: Call): Promise<string | undefined> => {
    const ours = await images.nativeOf(id, call);
    return ours === undefined ? (await others.find(id, call))?.native : (ours ?? undefined);
  };
