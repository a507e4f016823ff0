/** What the simulator's world holds before anybody does anything: regions, public images. */
export type {
  CatalogueBlockDevice,
  CatalogueImage,
  CatalogueSnapshot,
  CatalogueVolume,
  ImageArchitecture,
  ImageVolumeType,
} from './image-types.ts';
export { catalogueImages, catalogueSnapshots } from './images.ts';
export { type CatalogueRegion, type CatalogueZone, catalogueRegion, catalogueRegions } from './regions.ts';
