import { DriverError } from '../../../ports/driver.ts';
import type { ImageShares } from '../../../ports/sharing.ts';
import type { Writing } from '../../context/writing.ts';
import { operation } from '../../operation/operation.ts';
import { leaveRefusal, type Said } from '../../operation/refused.ts';
import { image } from '../image.ts';
import type { ImageRow } from '../row.ts';

/** Launch permissions that the cloud is to be told of. */
export interface Sharing extends ImageShares {
  readonly id: string;
  /** Which change it is, as the row counts them: only the last one is waited for. */
  readonly change: number;
  /** The permissions before it. */
  readonly before: readonly string[];
}

/** Tells a cloud that decides who may use an image whom it is shared with now. */
export default operation<Sharing>(
  'image.share',
  async (op, { id, add, remove, change, before }) => {
    await op.ensure('shares', {
      do: async ({ imageSharing }, call) => {
        if (imageSharing === undefined) throw new DriverError('unsupported', 'the cloud shares no images');
        return imageSharing.share(id, { add, remove }, call);
      },
      // An image that was public stays with its accounts: whether it may be public again is not sure.
      undo: async ({ imageSharing }, call) =>
        imageSharing?.share(
          id,
          {
            add: before.filter((who) => who !== 'all' && remove.includes(who)),
            remove: add.filter((who) => !before.includes(who)),
          },
          call,
        ) ?? { settled: true },
    });
    await op.finish('shared', (tx) => settle(tx, id, change, (permissions) => permissions));
  },
  {
    giveUp: async (tx, { id, add, remove, change, before }, why) => {
      const notPublic = why.trouble === 'denied' && add.includes('all');
      await leaveRefusal(tx, why, notPublic ? publicRefused : undefined);
      const kept = before.filter((who) => remove.includes(who));
      await settle(tx, id, change, (permissions) => [
        ...new Set([...permissions.filter((who) => !add.includes(who) || before.includes(who)), ...kept]),
      ]);
    },
  },
);

const publicRefused: Said = [
  'OperationNotPermitted',
  'The cloud behind this region does not let this account make images public.',
];

/** The image may have been deregistered meanwhile. */
async function settle(
  tx: Writing,
  id: string,
  change: number,
  permissions: (now: readonly string[]) => readonly string[],
): Promise<void> {
  const row = await tx.find(image, id);
  if (row === undefined) return;
  const last: Partial<ImageRow> = row.sharing === change ? { sharing: undefined } : {};
  await tx.update(image, row, { ...last, launchPermissions: permissions(row.launchPermissions) });
}
