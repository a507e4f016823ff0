import { addressAdoption } from '../address/adopt.ts';
import { groupAdoption } from '../group/adopt.ts';
import { imageAdoption } from '../image/adopt.ts';
import { machineAdoption } from '../instance/adopt/adoptMachines.ts';
import { snapshotAdoption } from '../snapshot/adopt/adoptSnapshots.ts';
import { volumeAdoption } from '../volume/adopt/adoptVolumes.ts';
import { networkAdoption } from '../vpc/adopt.ts';
import type { Adoption, FeedName, Told } from './adopter.ts';

/** What becomes of the feeds. A feed that is not here is not asked. */
export const adopters: { readonly [Name in FeedName]?: Adoption<Told<Name>> } = {
  machines: machineAdoption,
  images: imageAdoption,
  addresses: addressAdoption,
  groups: groupAdoption,
  networks: networkAdoption,
  volumes: volumeAdoption,
  snapshots: snapshotAdoption,
};
