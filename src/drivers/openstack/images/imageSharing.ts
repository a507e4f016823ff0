import { type Call, DriverError } from '../../../ports/driver.ts';
import type { ImageShares, ImageSharing } from '../../../ports/sharing.ts';
import type { AccountOf } from '../owners.ts';
import { type Place, type PlaceOf, projectFrom } from '../places.ts';
import {
  addImageMember,
  type Image,
  imageMembers,
  image as imageNamed,
  removeImageMember,
  updateImage,
} from '../rest/glance.ts';
import type { Session } from '../rest/session.ts';
import { OpenStackError } from '../trouble.ts';

export interface ImageSharingParts {
  readonly placeOf: PlaceOf;
  readonly accountOf: AccountOf;
  /** Glance's id of an image of the account's; undefined where Glance has none. */
  readonly nativeOf: (image: string, call: Call) => Promise<string | undefined>;
  /** Is told when an image was shared, or is no longer. */
  readonly changed: () => void;
}

/** Launch permissions are Glance's: an account is its project as a member of the image, `all` makes the image public. */
export function createImageSharing(parts: ImageSharingParts): ImageSharing {
  const projectOf = projectFrom(parts.placeOf);
  const find = async (id: string, call: Call): Promise<(Place & { readonly image: Image }) | undefined> => {
    const native = await parts.nativeOf(id, call);
    if (native === undefined) return undefined;
    const place = await parts.placeOf(call.account);
    const image = await imageNamed(place.session, native, call.signal);
    return image?.owner === place.project ? { ...place, image } : undefined;
  };
  return {
    async strangers(accounts) {
      const known = await Promise.all(accounts.map(async (one) => (await projectOf(one)) !== undefined));
      return accounts.filter((_, at) => !known[at]);
    },
    async sharedWith(id, call) {
      const found = await find(id, call);
      if (found === undefined) return undefined;
      const { session, image } = found;
      if (image.visibility === 'public') return ['all'];
      const members = image.visibility === 'shared' ? await imageMembers(session, image.id, call.signal) : [];
      return Promise.all((members ?? []).map(({ member_id: project }) => parts.accountOf(project)));
    },
    async share(id, shares, call) {
      const found = await find(id, call);
      if (found === undefined) throw new DriverError('invalid', `the account has no image ${id} in Glance`);
      // Half of it may be done where it fails.
      await share(found.session, found.image, await inProjects(shares, projectOf), call.signal).finally(parts.changed);
      return { settled: true };
    },
  };
}

/** Whom to add and to remove: projects, and `all`. An account without a project has nothing to lose. */
async function inProjects(
  { add, remove }: ImageShares,
  projectOf: (account: string) => Promise<string | undefined>,
): Promise<ImageShares> {
  const projects = async (who: readonly string[]) => {
    const found = await Promise.all(who.map(async (one) => (one === 'all' ? one : projectOf(one))));
    return found.filter((project) => project !== undefined);
  };
  const added = await projects(add);
  if (added.length < add.length) throw new DriverError('invalid', 'an account stands for no project of this cloud');
  return { add: added, remove: await projects(remove) };
}

/**
 * Glance keeps the members of an image that is public, and lets nobody change them: those who are added meanwhile are
 * added again when it is no longer public, which the caller sees to.
 */
async function share(session: Session, image: Image, { add, remove }: ImageShares, signal: AbortSignal): Promise<void> {
  const members = add.filter((one) => one !== 'all');
  let { visibility } = image;
  const become = async (value: Image['visibility']): Promise<void> => {
    if (visibility === value) return;
    await updateImage(session, image.id, [{ op: 'replace', path: '/visibility', value }], signal);
    visibility = value;
  };
  if (remove.includes('all') && visibility === 'public') await become('shared');
  if (members.length > 0 && visibility !== 'public') await become('shared');
  if (visibility === 'shared') {
    for (const project of members) await addMember(session, image.id, project, signal);
    for (const project of remove) {
      if (project !== 'all') await removeImageMember(session, image.id, project, signal);
    }
  }
  if (add.includes('all')) await become('public');
}

async function addMember(session: Session, id: string, project: string, signal: AbortSignal): Promise<void> {
  try {
    await addImageMember(session, id, project, signal);
  } catch (error) {
    // It is a member already.
    if (!(error instanceof OpenStackError) || error.facts.status !== 409) throw error;
  }
}
