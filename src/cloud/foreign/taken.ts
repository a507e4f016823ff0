import type { Store } from '../../ports/store.ts';
import { address } from '../address/address.ts';
import { addressOrder } from '../address/inCloud.ts';
import { group } from '../group/group.ts';
import { deregisteredImage } from '../image/deregistered.ts';
import { image } from '../image/image.ts';
import { instance } from '../instance/instance.ts';
import { snapshotOrder } from '../snapshot/order.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import { volume } from '../volume/volume.ts';

const kinds = [
  ...[instance, volume, snapshot, snapshotOrder, image, deregisteredImage],
  ...[group, address, addressOrder],
].map(({ kind, prefix }) => ({ kind, prefix }));

/** Whether anybody in a region has an id, or had it until a moment ago: then nothing of the cloud's may get it. */
export async function isTaken(store: Store, region: string, id: string): Promise<boolean> {
  for (const { kind, prefix } of kinds) {
    if (!id.startsWith(`${prefix}-`)) continue;
    if ((await store.read.count({ kind, region, ids: [id] })) > 0) return true;
  }
  return (await store.operations.of(id)).length > 0;
}
