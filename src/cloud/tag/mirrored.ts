import type { Resource } from '../../kernel/resource.ts';
import type { Driver, Kind, Seen } from '../../ports/driver.ts';
import { instance } from '../instance/instance.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import { volume } from '../volume/volume.ts';

type Retags = Pick<Kind<never, Seen>, 'retag'>;

/** The kinds whose tags a cloud may show, with what does it. */
export const mirrored = {
  instance: { resource: instance as unknown as Resource, of: (driver: Driver): Retags => driver.compute },
  volume: { resource: volume as unknown as Resource, of: (driver: Driver): Retags => driver.volumes },
  snapshot: { resource: snapshot as unknown as Resource, of: (driver: Driver): Retags => driver.snapshots },
} as const;

export type MirroredKind = keyof typeof mirrored;

export const isMirrored = (kind: string): kind is MirroredKind => Object.hasOwn(mirrored, kind);
