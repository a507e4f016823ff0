import type { ServiceType } from '../settings.ts';
import { halfAnswer, OpenStackError } from '../trouble.ts';
import type { Reply } from './request.ts';
import type { Ask, Query, Session } from './session.ts';

/** What a GET asks. */
export type Look = Omit<Ask, 'method' | 'body' | 'upload' | 'contentType'>;

/** A member that an answer must have. Without it the answer is not one of the service: trouble `unavailable`. */
export function member<T>(reply: Reply, service: ServiceType, name: string): T {
  const body = reply.body as Readonly<Record<string, T | undefined>> | undefined;
  const found = typeof body === 'object' && body !== null ? body[name] : undefined;
  if (found === undefined || found === null) throw halfAnswer(service, `no "${name}" in it`, reply.requestId);
  return found;
}

/** The thing, or undefined when the service says that there is none. */
export const lookUp = <T>(session: Session, ask: Look, name: string): Promise<T | undefined> =>
  absentAs(undefined, async () => member<T>(await session.ask({ ...ask, method: 'GET' }), ask.service, name));

/** Deletes. True: it was there, and is gone or going. False: there was none. */
export const remove = (session: Session, ask: Look): Promise<boolean> =>
  absentAs(false, async () => {
    await session.ask({ ...ask, method: 'DELETE' });
    return true;
  });

/**
 * A 404 of the service, as a value. One without a request id comes from something in between (a proxy, a wrong address)
 * and says nothing about the thing: it stays an error.
 */
export async function absentAs<T, A>(absent: A, work: () => Promise<T>): Promise<T | A> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OpenStackError) || error.facts.status !== 404) throw error;
    if (error.facts.requestId !== undefined) return absent;
    throw new OpenStackError('unavailable', error.message, { reached: false }, { cause: error });
  }
}

interface Link {
  readonly rel?: string;
  readonly href?: string;
}

/**
 * All things of a list, page by page as they are asked for. Follows `NAME_links` (Nova, Cinder, Neutron), `next` (Glance)
 * and `links.next` (Keystone). Only the query of such a link is used: its host may be one that we do not reach.
 * `seen` is shown each page before its things are.
 */
export async function* pages<T>(
  session: Session,
  ask: Look,
  name: string,
  seen?: (page: Reply) => void,
): AsyncGenerator<T, void, undefined> {
  let query: Query | undefined = ask.query;
  for (let last = ''; ; ) {
    const reply = await session.ask({ ...ask, method: 'GET', ...(query && { query }) });
    seen?.(reply);
    yield* member<readonly T[]>(reply, ask.service, name);
    const next = nextOf(reply.body as Readonly<Record<string, unknown>>, name);
    if (next === undefined) return;
    // A link that leads to itself would be followed for ever.
    if (next === last) throw halfAnswer(ask.service, `a next page of "${name}" that is the same page`, reply.requestId);
    last = next;
    query = queryOf(next);
  }
}

function nextOf(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const links = body[`${name}_links`] as readonly Link[] | undefined;
  const found = links?.find((link) => link.rel === 'next')?.href ?? body.next;
  const last = found ?? (body.links as { readonly next?: string | null } | undefined)?.next;
  return typeof last === 'string' && last !== '' ? last : undefined;
}

function queryOf(href: string): Query {
  const { searchParams } = new URL(href, 'http://localhost');
  return Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]));
}
