import type { ServiceType as DriversServiceType } from '../../../src/drivers/openstack/settings.ts';
import type { Bed, BedUser } from './bed.ts';

/** The types of services that tests ask, as the catalogue names them. */
export type ServiceType = 'compute' | 'image' | 'network' | 'volumev3';

/** An answer of a service: its status and its JSON, undefined when it has none. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

interface Catalogued {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly region_id: string; readonly url: string }[];
}

/** Keystone's token, as far as tests read it. */
export interface Token {
  readonly user: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly name: string };
  readonly roles: readonly { readonly name: string }[];
  readonly catalog: readonly Catalogued[];
}

/** Sends JSON, gives the status and the JSON of the answer, if that is JSON; no status is an error. */
export async function ask<T>(
  url: string,
  { method = 'GET', token, body }: { method?: string; token?: string; body?: unknown } = {},
): Promise<Answer<T> & { readonly headers: Headers }> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { 'x-auth-token': token }) };
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  // Glance writes its errors in HTML.
  const isJson = text !== '' && answer.headers.get('content-type')?.includes('json') === true;
  return { status: answer.status, headers: answer.headers, body: (isJson ? JSON.parse(text) : undefined) as T };
}

/** A request whose body is no plain JSON. */
export interface Sent {
  readonly method: string;
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** A user's token, and the services it opens. */
export interface Session {
  readonly id: string;
  readonly token: Token;
  /** Asks a service of the catalogue. */
  ask<T>(service: ServiceType, path: string, request?: { method?: string; body?: unknown }): Promise<Answer<T>>;
  /** Sends bytes, or a text, of another type than JSON. Gives the status. */
  send(service: ServiceType, path: string, request: Sent): Promise<number>;
  /** Gets bytes. */
  download(service: ServiceType, path: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** A new token for a user, scoped to its project unless another is named. */
export async function logIn(bed: Bed, user: BedUser, project: string = user.project.name): Promise<Session> {
  const domain = { id: bed.domain.id };
  const identity = { methods: ['password'], password: { user: { name: user.name, domain, password: user.password } } };
  const body = { auth: { identity, scope: { project: { name: project, domain } } } };
  const answer = await ask<{ token: Token }>(`${bed.authUrl}/auth/tokens`, { method: 'POST', body });
  const id = answer.headers.get('x-subject-token');
  if (answer.status !== 201 || id === null) throw new Error(`Keystone answered ${answer.status} to ${user.name}`);
  const { token } = answer.body;
  return {
    id,
    token,
    ask: (service, path, request) => ask(endpoint(bed, token, service) + path, { token: id, ...request }),
    async download(service, path) {
      const answer = await fetch(endpoint(bed, token, service) + path, { headers: { 'x-auth-token': id } });
      if (answer.status !== 200) throw new Error(`${service} answered ${answer.status} to ${path}`);
      return new Uint8Array(await answer.arrayBuffer());
    },
    async send(service, path, { method, type, body }) {
      const headers = { 'content-type': type, 'x-auth-token': id };
      return (await fetch(endpoint(bed, token, service) + path, { method, headers, body })).status;
    },
  };
}

function endpoint(bed: Bed, token: Token, service: ServiceType | 'placement'): string {
  const entry = token.catalog.find(({ type }) => type === service);
  const found = entry?.endpoints.find((at) => at.interface === 'public' && at.region_id === bed.region);
  if (!found) throw new Error(`The catalogue has no public endpoint of ${service} in ${bed.region}`);
  return found.url;
}

/** The addresses of the services that the driver asks, by the driver's names of them. */
export const addressesOf = (bed: Bed, { token }: Session): Record<DriversServiceType, string> => ({
  identity: bed.authUrl,
  compute: endpoint(bed, token, 'compute'),
  network: endpoint(bed, token, 'network'),
  'block-storage': endpoint(bed, token, 'volumev3'),
  image: endpoint(bed, token, 'image'),
  placement: endpoint(bed, token, 'placement'),
});
