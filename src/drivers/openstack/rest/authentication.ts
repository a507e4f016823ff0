import type { Auth, Project, User } from '../settings/auth.ts';
import { halfAnswer } from '../trouble.ts';
import type { CatalogueService } from './catalogue.ts';
import type { Reply } from './request.ts';

/** What Keystone says of a token. */
export interface TokenBody {
  readonly expires_at: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly project?: { readonly id: string; readonly name: string };
  readonly roles?: readonly { readonly id: string; readonly name: string }[];
  readonly catalog?: readonly CatalogueService[];
  readonly methods?: readonly string[];
}

/** A token and what it is good for. */
export interface Token {
  /** The secret; never logged. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly userId: string;
  /** Absent in a token without a scope. */
  readonly projectId: string | undefined;
  readonly roles: readonly string[];
  readonly catalogue: readonly CatalogueService[];
}

/** Body of POST /v3/auth/tokens (Identity API v3, "Password authentication with scoped authorization" and its siblings). */
export function authenticationBody(auth: Auth): object {
  return { auth: { identity: identityOf(auth), ...scopeOf(auth) } };
}

/** The same proof for another project. An application credential belongs to one project for ever and stays as it is. */
export const inProject = (auth: Auth, project: string): Auth =>
  auth.type === 'application-credential' ? auth : { ...auth, project: { id: project } };

/** The token in an answer of Keystone. */
export function readToken({ body, headers, requestId }: Reply): Token {
  const token = (body as { readonly token?: TokenBody } | undefined)?.token;
  const id = headers['x-subject-token'];
  const expiresAt = Date.parse(token?.expires_at ?? '');
  if (token === undefined || id === undefined || Number.isNaN(expiresAt)) {
    throw halfAnswer('identity', 'a token without its id or end', requestId);
  }
  return {
    id,
    expiresAt,
    userId: token.user.id,
    projectId: token.project?.id,
    roles: (token.roles ?? []).map((role) => role.name),
    catalogue: token.catalog ?? [],
  };
}

function identityOf(auth: Auth): object {
  switch (auth.type) {
    case 'password':
      return { methods: ['password'], password: { user: { ...userOf(auth.user), password: auth.password } } };
    case 'application-credential': {
      const { credential, secret } = auth;
      const who = 'id' in credential ? credential : { name: credential.name, user: userOf(credential.user) };
      return { methods: ['application_credential'], application_credential: { ...who, secret } };
    }
    case 'token':
      return { methods: ['token'], token: { id: auth.token } };
  }
}

const userOf = (user: User): object => ('id' in user ? { id: user.id } : { name: user.name, domain: user.domain });

/** An application credential has its scope in itself; Keystone refuses another beside it. */
function scopeOf(auth: Auth): object {
  if (auth.type === 'application-credential' || auth.project === undefined) return {};
  const project: Project = auth.project;
  return { scope: { project: 'id' in project ? { id: project.id } : { name: project.name, domain: project.domain } } };
}
