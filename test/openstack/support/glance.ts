import type { Session } from './session.ts';

/** An image as Glance shows it, as far as tests read it. */
export interface GlanceImage {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly visibility: string;
  readonly [property: string]: unknown;
}

/** Makes an image as OpenStack's users do; without bytes it stays queued. */
export async function makeImage(
  openstack: Session,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
  bytes: Uint8Array<ArrayBuffer> | null = new Uint8Array(1_024),
): Promise<GlanceImage> {
  const body = { name, disk_format: 'raw', container_format: 'bare', ...more };
  const made = await openstack.ask<GlanceImage>('image', '/v2/images', { method: 'POST', body });
  if (made.status !== 201) throw new Error(`Glance answered ${made.status}: ${JSON.stringify(made.body)}`);
  if (bytes !== null) await fill(openstack, made.body.id, bytes);
  return made.body;
}

export async function fill(openstack: Session, id: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const sent = { method: 'PUT', type: 'application/octet-stream', body: bytes };
  const status = await openstack.send('image', `/v2/images/${id}/file`, sent);
  if (status !== 204) throw new Error(`Glance answered ${status} to the bytes of ${id}`);
}

export const imageIn = async (openstack: Session, id: string): Promise<GlanceImage | undefined> => {
  const { status, body } = await openstack.ask<GlanceImage>('image', `/v2/images/${id}`);
  return status === 404 ? undefined : body;
};

export const removeImage = (openstack: Session, id: string) =>
  openstack.ask('image', `/v2/images/${id}`, { method: 'DELETE' });

/** Changes members and properties of an image, by steps of a JSON patch. */
export async function patchImage(openstack: Session, id: string, steps: readonly object[]): Promise<void> {
  const type = 'application/openstack-images-v2.1-json-patch';
  const status = await openstack.send('image', `/v2/images/${id}`, {
    ...{ method: 'PATCH', type, body: JSON.stringify(steps) },
  });
  if (status !== 200) throw new Error(`Glance answered ${status} to changes of ${id}`);
}

/** The members of an image, by project, with their status. */
export async function membersOf(openstack: Session, id: string): Promise<Readonly<Record<string, string>>> {
  type Members = { readonly members: readonly { readonly member_id: string; readonly status: string }[] };
  // An image that is not shared has no members, by Glance's word not even none.
  const { body } = await openstack.ask<Members | undefined>('image', `/v2/images/${id}/members`);
  return Object.fromEntries((body?.members ?? []).map((member) => [member.member_id, member.status]));
}

/** Says, for the project that an image is shared with, what it thinks of it. */
export const answerMember = (openstack: Session, id: string, status: 'accepted' | 'rejected' | 'pending') =>
  openstack.ask('image', `/v2/images/${id}/members/${openstack.token.project.id}`, { method: 'PUT', body: { status } });
