import type { Call, Driver, Seen } from '../../../ports/driver.ts';
import type { Writing } from '../../context/writing.ts';
import { type GivenUp, operation } from '../../operation/operation.ts';
import { snapshot } from '../../snapshot/snapshot.ts';
import { image } from '../image.ts';

/** An image in the making. */
export interface Making {
  readonly id: string;
  /** The instance that it is made of; absent for one that is registered from snapshots or a manifest. */
  readonly instance?: string;
  /** Reboot the machine first, so that its disks are at rest. */
  readonly reboot: boolean;
  /** The root is the machine's own disk, not a volume. */
  readonly ownDisk?: true;
  /** The devices that have a snapshot; with `volume`, the snapshot is taken now. */
  readonly snapshots: readonly {
    readonly device: string;
    readonly snapshot: string;
    readonly volume?: string;
    readonly sizeGiB: number;
  }[];
}

/** Makes an image with the snapshots that it needs. When that fails, neither it nor they are left in the cloud. */
export default operation<Making>(
  'image.create',
  async (op, { id, instance, reboot, ownDisk, snapshots }) => {
    const taken = snapshots.flatMap(({ snapshot: of, volume, sizeGiB }) =>
      volume === undefined ? [] : [{ id: of, spec: { volume, sizeGiB } }],
    );
    const spec = {
      ...(instance === undefined ? {} : { instance }),
      reboot,
      ...(ownDisk && { ownDisk }),
      snapshots: snapshots.map(({ sizeGiB: _, ...rest }) => rest),
    };
    await op.ensure('image', {
      do: (driver, call) => driver.images.ensure(id, spec, call),
      // The cloud takes the snapshots with the image, even when its answer is lost.
      undo: (driver, call) => takeAway(driver, call, id, taken),
    });
    await op.ensure('snapshots', {
      do: (driver, call) => together(taken.map((one) => driver.snapshots.ensure(one.id, one.spec, call))),
    });
    await op.finish('available', async (tx) => {
      await settleSnapshots(tx, { snapshots }, 'ready', { progress: 100, completedAt: tx.now });
      // Deregistered meanwhile: its snapshots stay, as on AWS; what the cloud has of the image goes next.
      const row = await tx.find(image, id);
      if (row !== undefined) await tx.on(image, row, 'ready');
    });
  },
  {
    giveUp: async (tx, input, why) => {
      await settleSnapshots(tx, input, 'failed', { note: why.message });
      const row = await tx.find(image, input.id);
      if (row !== undefined)
        await tx.on(image, row, 'failed', { stateReason: { code: codeOf(why), message: why.message } });
    },
  },
);

/** The code of StateReason. EC2's about volumes is about all storage. */
const codeOf = ({ about }: GivenUp): string =>
  about === 'volume-quota' ? 'Client.VolumeLimitExceeded' : 'Server.InternalError';

/** One answer for several things: settled when all are, and looked at again when the slowest wants to be. */
async function together(asked: readonly Promise<Seen>[]): Promise<Seen> {
  const seen = await Promise.all(asked);
  const waits = seen.flatMap(({ settled, lookAgainMs }) => (settled || lookAgainMs === undefined ? [] : [lookAgainMs]));
  return {
    settled: seen.every(({ settled }) => settled),
    ...(waits.length === 0 ? {} : { lookAgainMs: Math.max(...waits) }),
  };
}

const takeAway = (driver: Driver, call: Call, id: string, taken: readonly { readonly id: string }[]): Promise<Seen> =>
  together([driver.images.absent(id, call), ...taken.map((one) => driver.snapshots.absent(one.id, call))]);

/** Tells the snapshots that were taken for the image how it ended. Those deleted meanwhile need not know. */
async function settleSnapshots(
  tx: Writing,
  { snapshots }: Pick<Making, 'snapshots'>,
  event: 'ready' | 'failed',
  changes: { readonly progress?: number; readonly completedAt?: number; readonly note?: string },
): Promise<void> {
  for (const { snapshot: id, volume } of snapshots) {
    const row = volume === undefined ? undefined : await tx.find(snapshot, id);
    if (row?.state === 'pending') await tx.on(snapshot, row, event, changes);
  }
}
