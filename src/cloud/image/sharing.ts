import { fail } from '../../kernel/errors.ts';
import type { ImageShares } from '../../ports/sharing.ts';
import { probe } from '../context/probe.ts';
import type { Reading } from '../context/reading.ts';
import type { Writing } from '../context/writing.ts';
import { isAccountId } from '../snapshot/sharing.ts';
import { image } from './image.ts';
import shareImage from './operations/shareImage.ts';
import type { ImageRow } from './row.ts';
import { snapshotsOf } from './snapshots.ts';

/** Which of those who are to be added the cloud has nobody for; none where we alone decide who may use an image. */
export async function strangersAmong(cx: Reading, add: readonly string[]): Promise<readonly string[]> {
  const { imageSharing } = cx.here.driver;
  if (imageSharing === undefined) return [];
  const accounts = add.filter(isAccountId);
  const others = add.filter((who) => who !== 'all' && !isAccountId(who));
  if (accounts.length === 0) return others;
  return [...others, ...(await probe(cx, (_, call) => imageSharing.strangers(accounts, call)))];
}

/** Who may launch an image of the account's besides it: as its cloud says, where that decides. */
export async function sharedWith(cx: Reading, row: ImageRow): Promise<readonly string[]> {
  const { imageSharing } = cx.here.driver;
  if (imageSharing === undefined || row.sharing !== undefined || row.state !== 'available')
    return row.launchPermissions;
  const said = await probe(cx, (_, call) => imageSharing.sharedWith(row.id, call));
  if (said === undefined) return row.launchPermissions;
  // While an image is public, the cloud does not tell who else may launch it.
  return said.includes('all') ? [...new Set([...said, ...row.launchPermissions])] : said;
}

/** Changes who may launch an image, and tells its cloud where that decides. */
export async function share(
  tx: Writing,
  row: ImageRow,
  { add, remove }: ImageShares,
  strangers: readonly string[],
): Promise<void> {
  const before = row.launchPermissions;
  const launchPermissions = [...new Set([...before, ...add])].filter((who) => !remove.includes(who));
  if (add.length > 0) refuse(tx, row, strangers);
  if (tx.here.driver.imageSharing === undefined) {
    await tx.update(image, row, { launchPermissions });
    return;
  }
  const change = (row.sharing ?? 0) + 1;
  await tx.update(image, row, {
    launchPermissions,
    cloudShares: true,
    sharing: change,
    // One that only a catalogue had shown is the account's own from now on, public or not.
    ...(row.offered && { offered: undefined, adopted: true }),
  });
  // The cloud cannot add accounts to a public image: it is told of them when the image is no longer public.
  const again = remove.includes('all') ? launchPermissions.filter(isAccountId) : [];
  await tx.start(shareImage, row.id, {
    id: row.id,
    add: [...new Set([...add.filter((who) => !remove.includes(who)), ...again])],
    remove,
    change,
    before,
  });
}

/** Why an image cannot be shared so: the cloud has nobody for an account, or cannot share what the image stands on. */
function refuse({ here }: Reading, row: ImageRow, strangers: readonly string[]): void {
  const [stranger] = strangers;
  if (stranger !== undefined) {
    const kind = isAccountId(stranger) ? 'userId' : 'organizationArn';
    fail('InvalidAMIAttributeItemValue', `Invalid attribute item value "${stranger}" for ${kind} item type.`);
  }
  if (!here.driver.can.shareSnapshotImages && snapshotsOf(row).length > 0)
    fail(
      'UnsupportedOperation',
      `The image ${row.id} stands on snapshots, which the cloud behind this region shares with no other account.`,
    );
}
