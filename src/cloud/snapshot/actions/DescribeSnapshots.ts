import { DescribeSnapshots$, type DescribeSnapshotsRequest } from '@aws-sdk/client-ec2';
import type { ReadAction } from '../../action/action.ts';
import { describe } from '../../action/describe.ts';
import type { SnapshotRow } from '../row.ts';
import { audienceOf, ownersOf } from '../sharing.ts';
import { snapshot } from '../snapshot.ts';

const list = (shared: boolean) =>
  describe<DescribeSnapshotsRequest, SnapshotRow>(DescribeSnapshots$, snapshot, {
    doc: 'Lists EBS snapshots: one’s own, shared ones and public ones.',
    list: 'Snapshots',
    ids: 'SnapshotIds',
    idsExcludePages: true,
    shared,
    narrow: (cx, { OwnerIds, RestorableByUserIds }) => ({
      where: [
        ...(OwnerIds?.length ? [{ name: 'owner', values: ownersOf(cx, OwnerIds) }] : []),
        ...(RestorableByUserIds?.length
          ? [{ name: 'restorable-by', values: audienceOf(cx, RestorableByUserIds) }]
          : []),
      ],
    }),
  });

const everyone = list(true);
const own = list(false);

/** Who asks only for their own is not made to wait for the public ones to be looked through. */
const action: ReadAction<DescribeSnapshotsRequest, never> = {
  ...everyone,
  run: (cx, input) => {
    const ownOnly =
      input.OwnerIds?.length &&
      input.OwnerIds.every((owner) => owner === 'self' || owner === cx.account) &&
      !input.SnapshotIds?.length;
    return (ownOnly ? own : everyone).run(cx, input);
  },
};
export default action;
