import type { Resource } from '../../kernel/resource.ts';
import { address } from '../address/address.ts';
import { group } from '../group/group.ts';
import { image } from '../image/image.ts';
import { instance } from '../instance/instance.ts';
import { networkInterface } from '../interface/interface.ts';
import { keypair } from '../keypair/keypair.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import { subnet } from '../subnet/subnet.ts';
import { volume } from '../volume/volume.ts';
import { vpc } from '../vpc/vpc.ts';

/** Every kind of resource that can have tags, except rules of security groups, which have no rows of their own. */
export const taggable: readonly Resource[] = [
  address,
  group,
  image,
  instance,
  keypair,
  networkInterface,
  snapshot,
  subnet,
  volume,
  vpc,
].map((declaration) => declaration as unknown as Resource);

/** The kind that an id belongs to by its prefix, or undefined. */
export const taggableById = (id: string): Resource | undefined =>
  taggable.find(({ prefix, otherPrefixes = [] }) => [prefix, ...otherPrefixes].some((p) => id.startsWith(`${p}-`)));

/** EC2's ResourceType of a kind. */
export const typeOfKind: ReadonlyMap<string, string> = new Map(taggable.map(({ kind, tagged }) => [kind, tagged!]));
