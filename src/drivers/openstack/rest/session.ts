import type { Readable } from 'node:stream';
import type { Clock } from '../../../ports/clock.ts';
import type { Random } from '../../../ports/ids.ts';
import type { Auth } from '../settings/auth.ts';
import type { ServiceType } from '../settings.ts';
import { OpenStackError } from '../trouble.ts';
import { authenticationBody, inProject, readToken, type Token } from './authentication.ts';
import { endpointOf, type Whereabouts } from './catalogue.ts';
import type { Download, Method, Outgoing, Reply, Transport } from './request.ts';
import { defaultPatience, mayRepeat, type Patience, type RetryParts, withPatience } from './retry.ts';
import { keepToken, type Tokens } from './tokens.ts';

export type QueryValue = string | number | boolean | readonly string[] | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** One request to a service, below its endpoint. */
export interface Ask {
  readonly service: ServiceType;
  readonly method: Method;
  /** Begins with a slash; its parts are already escaped (`segment`). */
  readonly path: string;
  /** Undefined members are left out; a list is the same name several times. */
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, once. */
  readonly upload?: Readable;
  /** Content-Type, where it is not plain JSON. */
  readonly contentType?: string;
  readonly microversion?: string;
  /** More headers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** May be repeated like a GET, though its method says otherwise. */
  readonly safe?: boolean;
  /** A 401 is about what was asked, not about our token. */
  readonly refusalIsAnswer?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A user in a project: the token, the catalogue, and requests made with them. Cheap to make; talks to nobody until asked. */
export interface Session {
  /** A whole successful answer. Throws an OpenStackError. */
  ask(ask: Ask): Promise<Reply>;
  /** An answer whose body is a stream, which the caller reads to its end or destroys. */
  download(ask: Ask): Promise<Download>;
  /** The same user in another project, where it must have a role; the same session again for the same project. */
  scopedTo(projectId: string): Session;
  /** Somebody else, by an application credential, over the same connections. With a project: refused unless it is of that one. */
  withCredential(credential: { readonly id: string; readonly secret: string }, projectId?: string): Session;
  /** Whoever a token is of, over the same connections, as long as the token is good. It is renewed by nobody. */
  withToken(token: Token): Session;
  /** The token in use; authenticates when there is none. */
  token(signal?: AbortSignal): Promise<Token>;
  /** Declares a token refused, so that the next request gets a new one. */
  refused(token: Token): void;
}

export interface SessionParts {
  readonly auth: Auth;
  /** A project's id, instead of the one that `auth` names. */
  readonly project?: string;
  /** A token of somebody else, instead of authenticating. */
  readonly given?: Token;
  /** The same user where it is at home: tells whether Keystone refuses the user, or only its way into the project. */
  readonly home?: Session;
  readonly where: Whereabouts;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly patience?: Patience;
}

/** A session of Keystone. Sessions of one region share the transport; closing that ends them all. */
export function createSession(parts: SessionParts): Session {
  const { where, transport, clock, random } = parts;
  const { project: _, given, ...withoutProject } = parts;
  const retry = { clock, random, patience: parts.patience ?? defaultPatience };
  const scoped = new Map<string, Session>();
  const tokens = given === undefined ? keepToken(() => authenticate(parts, retry), clock) : only(given);

  const withToken = async <T>(ask: Ask, send: (out: Outgoing) => Promise<T>): Promise<T> => {
    const globalId = newRequestId(random);
    // Whose trouble the last attempt had: authenticating has its own patience.
    let trouble: 'authentication' | 'token' | 'service' = 'authentication';
    const once = async () => {
      trouble = 'authentication';
      const token = await tokens.current(ask.signal);
      const base = endpointOf(ask.service, token.catalogue, where, token.projectId ?? '');
      try {
        return await send(outgoing(ask, base, token, globalId));
      } catch (error) {
        trouble = isRefusal(error) && ask.refusalIsAnswer !== true ? 'token' : 'service';
        if (trouble === 'token') tokens.refused(token);
        throw error;
      }
    };
    // A stream is gone when it was sent once.
    if (ask.upload !== undefined) return once();
    const repeatable = (error: OpenStackError) =>
      trouble === 'service' && mayRepeat(error, ask.method, ask.safe === true);
    const attempts = () => withPatience(once, repeatable, retry, ask.signal);
    return attempts().catch((error: unknown) => {
      // The token was revoked, or Keystone's keys have changed: once more with a new one.
      if (trouble === 'token') return attempts();
      throw error;
    });
  };

  const session: Session = {
    ask: (ask) => withToken(ask, transport.send),
    download: (ask) => withToken(ask, transport.download),
    token: tokens.current,
    refused: tokens.refused,
    scopedTo(project) {
      const known = scoped.get(project) ?? createSession({ ...parts, project, home: parts.home ?? session });
      scoped.set(project, known);
      return known;
    },
    withCredential({ id, secret }, project) {
      const auth: Auth = { type: 'application-credential', url: parts.auth.url, credential: { id }, secret };
      return createSession({ ...withoutProject, auth, home: session, ...(project !== undefined && { project }) });
    },
    withToken: (token) => createSession({ ...withoutProject, given: token }),
  };
  return session;
}

const only = (token: Token): Tokens => ({ current: async () => token, refused: () => undefined });

/** Part of a path: an id, a name or a tag, escaped. */
export const segment = (text: string): string => encodeURIComponent(text);

async function authenticate(parts: SessionParts, retry: RetryParts): Promise<Token> {
  const { auth, project, transport, random } = parts;
  const out: Outgoing = {
    service: 'identity',
    method: 'POST',
    url: new URL(`${auth.url}/auth/tokens`),
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(authenticationBody(project === undefined ? auth : inProject(auth, project))),
    globalId: newRequestId(random),
  };
  try {
    // Authenticating twice makes two tokens, which harms nobody.
    const reply = await withPatience(
      () => transport.send(out),
      (error) => mayRepeat(error, 'POST', true),
      retry,
    );
    const token = readToken(reply);
    if (project === undefined || token.projectId === project) return token;
    const message = `the application credential is of project ${token.projectId}, not of ${project}`;
    throw new OpenStackError('denied', message, { reached: true });
  } catch (error) {
    if (!(error instanceof OpenStackError)) throw error;
    // Keystone's own 404 means that the application credential is no more.
    if (error.facts.status === 404 && auth.type === 'application-credential' && error.facts.requestId !== undefined)
      throw await whyRefused(error, parts);
    // These of Keystone must not look like one of the service that was asked: there they mean "surely absent", and "there already".
    if (error.facts.status === 404 || error.facts.status === 409)
      throw new OpenStackError(
        'unavailable',
        error.message,
        { service: out.service, reached: false },
        { cause: error },
      );
    if (error.facts.status === 401) throw await whyRefused(error, parts);
    throw error;
  }
}

/**
 * Keystone says 401 in the same words to a user that it does not know any more, and to one that may not enter a project, or
 * whose project is disabled. The first is a fault of our configuration, that passes when somebody mends it, and ends no
 * operation; the second is `denied`. What tells them apart is whether the user is let in where it is at home.
 */
async function whyRefused(error: OpenStackError, { auth, project, home }: SessionParts): Promise<OpenStackError> {
  if (home === undefined) return ours(error);
  try {
    await home.token();
  } catch (atHome) {
    if (atHome instanceof OpenStackError) return atHome;
    throw atHome;
  }
  const who = auth.type === 'application-credential' ? 'the application credential' : 'the user of this server';
  const message = `${who} may not work in the project ${project ?? ''}: ${error.message}`;
  return new OpenStackError('denied', message, error.facts, { cause: error });
}

const ours = (error: OpenStackError): OpenStackError =>
  new OpenStackError(
    'unavailable',
    `Keystone refuses the user of this server: ${error.message}`,
    { ...error.facts, reached: false },
    { cause: error },
  );

const isRefusal = (error: unknown): boolean => error instanceof OpenStackError && error.facts.status === 401;

/** `req-` and a version 4 UUID: services ignore an id of any other form (oslo.middleware.request_id). */
function newRequestId(random: Random): string {
  const digits = random.hex(32);
  const variant = '89ab'[Number.parseInt(digits.charAt(16), 16) % 4];
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
  ];
  return `req-${parts.join('-')}-${digits.slice(20)}`;
}

function outgoing(ask: Ask, base: string, token: Token, globalId: string): Outgoing {
  const url = new URL(base + ask.path);
  for (const [name, value] of Object.entries(ask.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  const body = ask.upload ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body));
  return {
    service: ask.service,
    method: ask.method,
    url,
    headers: {
      accept: 'application/json',
      'x-auth-token': token.id,
      ...(body !== undefined && { 'content-type': ask.contentType ?? 'application/json' }),
      ...microversionHeaders(ask.service, ask.microversion),
      ...ask.headers,
    },
    ...(body !== undefined && { body }),
    globalId,
    signal: ask.signal,
  };
}

/** Nova has a header of its own since 2.1; the common one came with 2.27, and the others know only that. */
function microversionHeaders(service: ServiceType, version: string | undefined): Readonly<Record<string, string>> {
  if (version === undefined) return {};
  const name = service === 'block-storage' ? 'volume' : service;
  if (service !== 'compute') return { 'openstack-api-version': `${name} ${version}` };
  return { 'x-openstack-nova-api-version': version, 'openstack-api-version': `compute ${version}` };
}
