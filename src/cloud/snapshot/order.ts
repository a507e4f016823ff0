import type { Row } from '../../kernel/resource.ts';
import { resource } from '../../kernel/resource.ts';
import type { NewRow } from '../context/writing.ts';
import type { SnapshotRow } from './row.ts';
import { snapshot } from './snapshot.ts';

/** A snapshot that the cloud is still to begin, because only then it says whether it has room; its id is the snapshot's. */
export interface SnapshotOrderRow extends Row {
  /** The snapshot as it will be. */
  readonly wanted: NewRow<SnapshotRow>;
}

export const snapshotOrder = resource<SnapshotOrderRow>()({
  kind: 'snapshot-order',
  prefix: snapshot.prefix,
  codes: snapshot.codes,
  filters: {},
  view: (row) => row.id,
});
