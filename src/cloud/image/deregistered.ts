import { fail, Refusal } from '../../kernel/errors.ts';
import { type Row, resource } from '../../kernel/resource.ts';
import type { Reading } from '../context/reading.ts';
import { rowOf } from '../context/rows.ts';
import type { Writing } from '../context/writing.ts';
import { image, ownerOf } from './image.ts';
import type { ImageRow } from './row.ts';

/**
 * An image that was deregistered a short while ago. DescribeImages finds nothing at its id and does not refuse it, as EC2's
 * reference says; other actions refuse it with another code than one that never was.
 */
interface DeregisteredImageRow extends Row {
  /** Epoch milliseconds. */
  readonly until: number;
  readonly audience: readonly string[];
}

export const deregisteredImage = resource<DeregisteredImageRow>()({
  kind: 'deregistered-image',
  prefix: 'ami',
  codes: { missing: 'InvalidAMIID.NotFound', malformed: 'InvalidAMIID.Malformed', noun: 'image' },
  audience: (row) => row.audience,
  filters: {},
  view: (row) => row.id,
});

/** How long the id of a deregistered image is remembered. AWS names no time; tools see it for about an hour. */
const rememberedMs = 3_600_000;

/** Old ones that are forgotten each time that a new one is remembered: few enough to be quick, more than one to catch up. */
const forgottenAtOnce = 20;

/** Remembers that an image was deregistered, for those who could see it. */
export async function rememberDeregistered(tx: Writing, row: ImageRow): Promise<void> {
  for (const old of await tx.where(deregisteredImage, {}, forgottenAtOnce)) {
    if (old.until <= tx.now) await tx.remove(deregisteredImage, old);
  }
  await tx.insert(deregisteredImage, { id: row.id, until: tx.now + rememberedMs, audience: row.launchPermissions });
}

/** Which of these ids are of images that were deregistered a short while ago, and that the account could see. */
export async function deregistered(cx: Reading, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { account, region } = cx;
  const found = await cx.reader.items({
    kind: deregisteredImage.kind,
    account,
    region,
    audience: ['all', account],
    ids,
  });
  return new Set(
    found
      .map((item) => rowOf<DeregisteredImageRow>(item))
      .filter(({ until }) => until > cx.now)
      .map(({ id }) => id),
  );
}

/** The image of that id that the account may see: its own, one shared with it, or a public one. */
export async function needImage(cx: Reading, id: string): Promise<ImageRow> {
  try {
    return await cx.standing.needVisible(image, id);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'InvalidAMIID.NotFound' && (await deregistered(cx, [id])).has(id))
      fail('InvalidAMIID.Unavailable', `The image ID '${id}' is no longer available`);
    throw error;
  }
}

/** As `needImage`, but only the account's own: EC2 tells those who may see an image that it is not theirs. */
export async function needOwnImage(cx: Reading, id: string): Promise<ImageRow> {
  const row = await needImage(cx, id);
  return ownerOf(row) === cx.account ? row : fail('AuthFailure', `Not authorized for image:${id}`);
}
