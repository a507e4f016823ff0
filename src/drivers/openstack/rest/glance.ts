import type { Readable } from 'node:stream';
import { halfAnswer } from '../trouble.ts';
import { absentAs, lookUp, pages, remove } from './reading.ts';
import type { Download } from './request.ts';
import { type Session, segment } from './session.ts';

/** An image. Properties of its own stand beside these members, all of them texts. */
export interface Image {
  readonly id: string;
  readonly name: string | null;
  /** queued, saving, uploading, importing, active, deactivated, killed, deleted, pending_delete. */
  readonly status: string;
  readonly visibility: 'public' | 'community' | 'shared' | 'private';
  readonly owner: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly container_format: string | null;
  readonly disk_format: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** GiB that a disk must have for it. */
  readonly min_disk: number;
  /** MiB. */
  readonly min_ram: number;
  readonly protected: boolean;
  readonly tags: readonly string[];
  readonly os_hidden?: boolean;
  readonly [property: string]: unknown;
}

export interface ImageFilters {
  /** Without it: public ones, one's own, and those shared with and accepted by the project; not community ones. */
  readonly visibility?: 'public' | 'community' | 'shared' | 'private' | 'all';
  readonly member_status?: 'accepted' | 'pending' | 'rejected' | 'all';
  readonly status?: string;
  readonly owner?: string;
  readonly name?: string;
  /** `gte:2026-01-01T00:00:00Z`; also gt, lt, lte, eq, neq. */
  readonly updated_at?: string;
  readonly created_at?: string;
  readonly limit?: number;
  readonly sort?: string;
  /** A property of one's own. */
  readonly [property: string]: string | number | boolean | undefined;
}

export const images = (session: Session, filters: ImageFilters = {}, signal?: AbortSignal): AsyncIterable<Image> =>
  pages(session, { service: 'image', path: '/images', query: filters, signal }, 'images');

/** An image that the project can see. */
export const image = (session: Session, id: string, signal?: AbortSignal): Promise<Image | undefined> =>
  absentAs(undefined, async () => {
    const reply = await session.ask({ service: 'image', method: 'GET', path: at(id), signal });
    return imageIn(reply);
  });

export interface NewImage {
  readonly name: string;
  readonly disk_format?: string;
  readonly container_format?: string;
  readonly visibility?: Image['visibility'];
  readonly min_disk?: number;
  readonly min_ram?: number;
  readonly tags?: readonly string[];
  /** A UUID of one's own: a repeat is then trouble `conflict`, not a second image. */
  readonly id?: string;
  /** A property of one's own. */
  readonly [property: string]: unknown;
}

/** Makes the record, in status queued; `uploadImage` gives it its bytes. */
export async function createImage(session: Session, created: NewImage, signal?: AbortSignal): Promise<Image> {
  const body = created;
  return imageIn(await session.ask({ service: 'image', method: 'POST', path: '/images', body, signal }));
}

/** Sends the bytes; the image is active after it. Only an image in status queued takes them. Never repeated. */
export async function uploadImage(session: Session, id: string, bytes: Readable, signal?: AbortSignal): Promise<void> {
  const contentType = 'application/octet-stream';
  await session.ask({ service: 'image', method: 'PUT', path: `${at(id)}/file`, upload: bytes, contentType, signal });
}

/** The bytes, as a stream that the caller reads to its end or destroys. An image without bytes has none (204): undefined. */
export const downloadImage = (session: Session, id: string, signal?: AbortSignal): Promise<Readable | undefined> =>
  absentAs(undefined, async () => {
    const headers = { accept: 'application/octet-stream' };
    const found: Download = await session.download({
      service: 'image',
      method: 'GET',
      path: `${at(id)}/file`,
      headers,
      signal,
    });
    if (found.status !== 204) return found.body;
    found.body.resume();
    return undefined;
  });

/** A step of a JSON patch (RFC 6902). `path` is `/NAME`. */
export type ImageChange =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** `add` also replaces; `remove` of what is not there is trouble `conflict`. */
export async function updateImage(
  session: Session,
  id: string,
  changes: readonly ImageChange[],
  signal?: AbortSignal,
): Promise<Image> {
  const reply = await session.ask({
    service: 'image',
    method: 'PATCH',
    path: at(id),
    body: changes,
    contentType: 'application/openstack-images-v2.1-json-patch',
    safe: changes.every((change) => change.op !== 'remove'),
    signal,
  });
  return imageIn(reply);
}

/** False: there was none. */
export const deleteImage = (session: Session, id: string, signal?: AbortSignal): Promise<boolean> =>
  remove(session, { service: 'image', path: at(id), signal });

/** A project with which an image is shared. */
export interface ImageMember {
  readonly image_id: string;
  readonly member_id: string;
  readonly status: 'pending' | 'accepted' | 'rejected';
}

/** The image's visibility must be `shared`. A member that is one already is trouble `conflict`. */
export async function addImageMember(
  session: Session,
  id: string,
  project: string,
  signal?: AbortSignal,
): Promise<void> {
  const path = `${at(id)}/members`;
  await session.ask({ service: 'image', method: 'POST', path, body: { member: project }, signal });
}

/** False: it was none. */
export const removeImageMember = (
  session: Session,
  id: string,
  project: string,
  signal?: AbortSignal,
): Promise<boolean> => remove(session, { service: 'image', path: `${at(id)}/members/${segment(project)}`, signal });

/** All for the owner; for a member itself alone. */
export const imageMembers = async (
  session: Session,
  id: string,
  signal?: AbortSignal,
): Promise<readonly ImageMember[] | undefined> =>
  lookUp(session, { service: 'image', path: `${at(id)}/members`, signal }, 'members');

/** The member itself says whether the image is in its lists. It can be used in any case. */
export async function answerImageMember(
  session: Session,
  id: string,
  project: string,
  status: ImageMember['status'],
  signal?: AbortSignal,
): Promise<void> {
  const path = `${at(id)}/members/${segment(project)}`;
  await session.ask({ service: 'image', method: 'PUT', path, body: { status }, signal });
}

const at = (id: string): string => `/images/${segment(id)}`;

/** Glance answers the image itself, in no member. */
function imageIn({ body, requestId }: { readonly body: unknown; readonly requestId?: string }): Image {
  const found = body as Partial<Image> | undefined;
  if (typeof found?.id !== 'string' || typeof found.status !== 'string')
    throw halfAnswer('image', 'no image in it', requestId);
  return found as Image;
}
