import { setImmediate as turn } from 'node:timers/promises';
import type { Call, Driver, Kind, Seen } from '../../ports/driver.ts';
import type { Reader } from '../../ports/store.ts';
import { address } from '../address/address.ts';
import { rowOf } from '../context/rows.ts';
import { group } from '../group/group.ts';
import { image } from '../image/image.ts';
import { instance } from '../instance/instance.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import type { VolumeRow } from '../volume/row.ts';
import { volume } from '../volume/volume.ts';

/** The kinds of things that a cloud makes for us, and the rows that they are made for. */
export const made = {
  machine: { resource: instance, of: (driver: Driver): Verbs => driver.compute },
  volume: { resource: volume, of: (driver: Driver): Verbs => driver.volumes },
  snapshot: { resource: snapshot, of: (driver: Driver): Verbs => driver.snapshots },
  image: { resource: image, of: (driver: Driver): Verbs => driver.images },
  address: { resource: address, of: (driver: Driver): Verbs | undefined => driver.networks?.addresses },
  group: { resource: group, of: (driver: Driver): Verbs | undefined => driver.networks?.groups },
} as const;

export type MadeKind = keyof typeof made;
type Verbs = Pick<Kind<never, Seen>, 'absent' | 'list'>;

/** The owner of what has no owner any more. */
export const nobody = '*';

/** Ids are looked up so many at a time; requests have their turn in between. */
const batch = 500;

/** Which of these ids nobody's row stands for, or only the row of an instance that is terminated. */
export async function withoutRow(
  reader: Reader,
  region: string,
  kind: MadeKind,
  ids: readonly string[],
): Promise<readonly string[]> {
  const of = { kind: made[kind].resource.kind, region, ids };
  const there = new Set((await reader.heads(of)).map(({ id }) => id));
  if (kind === 'machine') {
    const over = [{ name: 'instance-state-name', values: ['terminated'] }];
    for (const { id } of await reader.heads({ ...of, where: over })) there.delete(id);
  }
  if (kind === 'snapshot') for (const id of await beingRead(reader, region, ids)) there.add(id);
  return ids.filter((id) => !there.has(id));
}

/** Snapshots that volumes are still filled from: deleted ones stay in the cloud until that is done. */
async function beingRead(reader: Reader, region: string, ids: readonly string[]): Promise<readonly string[]> {
  const where = [
    { name: 'status', values: ['creating'] },
    { name: 'snapshot-id', values: ids },
  ];
  const filling = await reader.items({ kind: volume.kind, region, where });
  return filling.flatMap((item) => rowOf<VolumeRow>(item).snapshot ?? []);
}

/** The things of a kind that a cloud has in a region without a row. */
export async function orphansOf(
  reader: Reader,
  driver: Driver,
  region: string,
  kind: MadeKind,
): Promise<readonly string[]> {
  const call: Call = { account: nobody, region, operation: 'remove-orphans', signal: new AbortController().signal };
  const found: string[] = [];
  let ids: string[] = [];
  const kinds = made[kind].of(driver);
  // The cloud leaves them to us.
  if (kinds === undefined) return found;
  const look = async (): Promise<void> => {
    found.push(...(await withoutRow(reader, region, kind, ids)));
    ids = [];
    await turn();
  };
  for await (const { id } of kinds.list(call)) if (ids.push(id) === batch) await look();
  if (ids.length > 0) await look();
  return found;
}
