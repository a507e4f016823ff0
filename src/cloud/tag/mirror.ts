import type { Row } from '../../kernel/resource.ts';
import type { Writing } from '../context/writing.ts';
import type { InstanceRow } from '../instance/row.ts';
import { isMirrored, mirrored } from './mirrored.ts';
import mirrorTags from './operations/mirrorTags.ts';

type Tags = Readonly<Record<string, string>>;

/**
 * Has the cloud show a row's new tags, where it shows such tags at all. `behind`: whose operations make the thing, where
 * they are not its own.
 */
export async function mirror(tx: Writing, kind: string, row: Row, tags: Tags, behind = row.id): Promise<void> {
  if (!isMirrored(kind) || mirrored[kind].of(tx.here.driver).retag === undefined || isOver(kind, row)) return;
  const put = Object.fromEntries(Object.entries(tags).filter(([key, value]) => row.tags[key] !== value));
  const drop = Object.keys(row.tags).filter((key) => tags[key] === undefined);
  if (Object.keys(put).length === 0 && drop.length === 0) return;
  await tx.start(mirrorTags, behind, { kind, id: row.id, put, drop });
}

const isOver = (kind: string, row: Row): boolean =>
  kind === 'instance' && ['terminated', 'shutting-down'].includes((row as InstanceRow).state);
