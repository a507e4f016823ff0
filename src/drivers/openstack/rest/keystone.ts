import { OpenStackError } from '../trouble.ts';
import { readToken, type Token } from './authentication.ts';
import { lookUp, member, pages, remove } from './reading.ts';
import type { Reply } from './request.ts';
import { type Session, segment } from './session.ts';
import { inKeystonesWords, type SignedRequest, whyUncheckable } from './signedRequest.ts';

export type { SignedRequest } from './signedRequest.ts';

/** Whom a signature belongs to. */
export interface SignedBy {
  readonly known: true;
  readonly userId: string;
  readonly userName: string;
  readonly projectId: string;
  readonly projectName: string;
  /** A token of that user in that project. A secret. */
  readonly token: Token;
}

/** `key`: Keystone has no such access key. `signature`: it does not fit, is too old, or the user or project is disabled. */
export type Refused = { readonly known: false; readonly refused: 'key' | 'signature'; readonly message: string };

/**
 * Has Keystone check a signature. The session's user must be allowed `identity:ec2tokens_validate` (a service or an
 * administrator); if it is not, that is trouble `denied`. A 401 means "wrong signature" or "our token is no good"; the second is
 * looked into, and mended once. Keystone refuses times that are too old but not times to come: the caller looks at those.
 */
export async function ec2tokens(
  session: Session,
  signed: SignedRequest,
  signal?: AbortSignal,
): Promise<SignedBy | Refused> {
  const credentials = inKeystonesWords(signed);
  const problem = whyUncheckable(credentials);
  if (problem !== undefined) return { known: false, refused: 'signature', message: problem };
  const token = await session.token(signal);
  const first = await check(session, credentials, signal);
  if (first.known || first.refused === 'key' || (await isGood(session, token.id, signal))) return first;
  session.refused(token);
  return check(session, credentials, signal);
}

async function check(session: Session, credentials: SignedRequest, signal?: AbortSignal): Promise<SignedBy | Refused> {
  const ask = { service: 'identity', method: 'POST', path: '/ec2tokens', body: { credentials } } as const;
  try {
    return signedBy(await session.ask({ ...ask, safe: true, refusalIsAnswer: true, signal }));
  } catch (error) {
    if (!(error instanceof OpenStackError) || error.facts.requestId === undefined) throw error;
    const { status } = error.facts;
    if (status === 404) return { known: false, refused: 'key', message: error.message };
    if (status === 401) return { known: false, refused: 'signature', message: error.message };
    throw error;
  }
}

function signedBy(reply: Reply): SignedBy {
  type Named = { readonly id: string; readonly name: string };
  const token = member<{ readonly user: Named; readonly project?: Named }>(reply, 'identity', 'token');
  const { user, project } = token;
  if (project === undefined) {
    throw new OpenStackError('denied', 'the credential belongs to no project', { reached: true });
  }
  return {
    known: true,
    userId: user.id,
    userName: user.name,
    projectId: project.id,
    projectName: project.name,
    token: readToken(reply),
  };
}

/** Whether Keystone still accepts our token: asked about itself (`HEAD` would have no words for an error). */
async function isGood(session: Session, id: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await session.ask({
      service: 'identity',
      method: 'GET',
      path: '/auth/tokens',
      query: { nocatalog: '' },
      headers: { 'x-subject-token': id },
      refusalIsAnswer: true,
      signal,
    });
    return true;
  } catch (error) {
    const status = error instanceof OpenStackError ? error.facts.status : undefined;
    if (status === 401 || status === 404) return false;
    throw error;
  }
}

/** Throws an OpenStackError when Keystone does not answer. */
export async function identityAnswers(session: Session, signal?: AbortSignal): Promise<void> {
  await session.ask({ service: 'identity', method: 'GET', path: '', signal });
}

export interface ProjectInfo {
  readonly id: string;
  readonly name: string;
  readonly domain_id: string;
  readonly enabled: boolean;
  readonly description?: string;
}

/** The projects in which the session's user has a role. */
export const projects = (session: Session, signal?: AbortSignal): AsyncIterable<ProjectInfo> =>
  pages(session, { service: 'identity', path: '/auth/projects', signal }, 'projects');

/** A credential of EC2's API. */
export interface Ec2Credential {
  readonly access: string;
  readonly secret: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly trust_id?: string | null;
}

const credentialsOf = (user: string): string => `/users/${segment(user)}/credentials/OS-EC2`;

/** The credentials of a user, in all its projects, with their secrets. */
export const ec2Credentials = (session: Session, user: string, signal?: AbortSignal): AsyncIterable<Ec2Credential> =>
  pages(session, { service: 'identity', path: credentialsOf(user), signal }, 'credentials');

/** Undefined: there is none, or not of that user. */
export const ec2Credential = (
  session: Session,
  user: string,
  access: string,
  signal?: AbortSignal,
): Promise<Ec2Credential | undefined> =>
  lookUp(session, { service: 'identity', path: `${credentialsOf(user)}/${segment(access)}`, signal }, 'credential');

/** A new credential for a user in a project. */
export async function createEc2Credential(
  session: Session,
  user: string,
  project: string,
  signal?: AbortSignal,
): Promise<Ec2Credential> {
  const ask = { service: 'identity', method: 'POST', path: credentialsOf(user), body: { tenant_id: project } } as const;
  return member(await session.ask({ ...ask, signal }), 'identity', 'credential');
}

/** False: there was none. */
export const deleteEc2Credential = (
  session: Session,
  user: string,
  access: string,
  signal?: AbortSignal,
): Promise<boolean> =>
  remove(session, { service: 'identity', path: `${credentialsOf(user)}/${segment(access)}`, signal });
