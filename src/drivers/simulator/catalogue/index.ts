/** What the simulator's world holds before anybody does anything: instance types, regions, public images. */
export { hardwareOf, instanceTypeNames } from './hardware.ts';
export type {
  AcceleratorDevice,
  Accelerators,
  EbsBandwidth,
  Hardware,
  InstanceDisk,
  NetworkCard,
  NeuronDevice,
} from './hardware-types.ts';
export { maxInterfacesOf } from './hardware-types.ts';
export type {
  CatalogueBlockDevice,
  CatalogueImage,
  CatalogueSnapshot,
  CatalogueVolume,
  ImageArchitecture,
  ImageVolumeType,
} from './image-types.ts';
export { catalogueImages, catalogueSnapshots } from './images.ts';
export { instanceTypeInfo } from './instance-type-info.ts';
export { type CatalogueRegion, type CatalogueZone, catalogueRegion, catalogueRegions } from './regions.ts';
