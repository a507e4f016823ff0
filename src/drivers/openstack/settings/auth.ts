import { type Members, members, oneOf, SettingsError, text, wrong } from './settings-values.ts';

/** A domain of Keystone, by id or by name. */
export type Domain = { readonly id: string } | { readonly name: string };

/** A user, by id or by name in a domain. */
export type User = { readonly id: string } | { readonly name: string; readonly domain: Domain };

/** A project, by id or by name in a domain. */
export type Project = { readonly id: string } | { readonly name: string; readonly domain: Domain };

/** How we prove to Keystone who we are. `project` is the scope; without it the token has none. */
export type Auth =
  | {
      readonly type: 'password';
      readonly url: string;
      readonly user: User;
      readonly password: string;
      readonly project?: Project;
    }
  | {
      readonly type: 'application-credential';
      readonly url: string;
      readonly credential: { readonly id: string } | { readonly name: string; readonly user: User };
      readonly secret: string;
    }
  | { readonly type: 'token'; readonly url: string; readonly token: string; readonly project?: Project };

const types = {
  password: 'password',
  v3password: 'password',
  v3applicationcredential: 'application-credential',
  token: 'token',
  v3token: 'token',
} as const;

const names = [
  'auth_url',
  'username',
  'user_id',
  'password',
  'user_domain_id',
  'user_domain_name',
  'project_id',
  'project_name',
  'project_domain_id',
  'project_domain_name',
  'tenant_id',
  'tenant_name',
  'domain_id',
  'domain_name',
  'default_domain',
  'default_domain_id',
  'default_domain_name',
  'application_credential_id',
  'application_credential_name',
  'application_credential_secret',
  'token',
];

/**
 * Reads `auth` and `auth_type`, in the words of clouds.yaml.
 * Without `auth_type` the members tell it, which openstacksdk does not do. Throws a SettingsError.
 */
export function readAuth(given: unknown, type: unknown, strict: boolean): Auth {
  if (given === undefined) throw wrong('auth', 'a mapping, unless "cloud" names a cloud of clouds.yaml');
  const auth = strict ? members(given, 'auth', names) : members(given, 'auth');
  const url = authUrl(text(auth.auth_url, 'auth.auth_url'));
  switch (kindOf(auth, type)) {
    case 'password': {
      const project = projectOf(auth);
      const password = text(auth.password, 'auth.password');
      return { type: 'password', url, user: userOf(auth), password, ...(project && { project }) };
    }
    case 'application-credential':
      return {
        type: 'application-credential',
        url,
        credential:
          auth.application_credential_id === undefined
            ? { name: text(auth.application_credential_name, 'auth.application_credential_id'), user: userOf(auth) }
            : { id: text(auth.application_credential_id, 'auth.application_credential_id') },
        secret: text(auth.application_credential_secret, 'auth.application_credential_secret'),
      };
    case 'token': {
      const project = projectOf(auth);
      return { type: 'token', url, token: text(auth.token, 'auth.token'), ...(project && { project }) };
    }
  }
}

function kindOf(auth: Members, type: unknown): Auth['type'] {
  if (type !== undefined) return types[oneOf(type, 'auth_type', Object.keys(types) as (keyof typeof types)[])];
  if (auth.application_credential_secret !== undefined) return 'application-credential';
  return auth.token === undefined ? 'password' : 'token';
}

/** The address of Keystone's v3 API, without a slash at the end. */
function authUrl(given: string): string {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw wrong('auth.auth_url', 'an address http://… or https://…');
  const bare = given.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
  return bare.endsWith('/v3') ? bare : `${bare}/v3`;
}

function userOf(auth: Members): User {
  if (auth.user_id !== undefined) return { id: text(auth.user_id, 'auth.user_id') };
  if (auth.username === undefined) throw new SettingsError('openstack setting "auth" must have username or user_id');
  return { name: text(auth.username, 'auth.username'), domain: domainOf(auth, 'user_domain') };
}

function projectOf(auth: Members): Project | undefined {
  const id = auth.project_id ?? auth.tenant_id;
  if (id !== undefined) return { id: text(id, 'auth.project_id') };
  const name = auth.project_name ?? auth.tenant_name;
  if (name === undefined) return undefined;
  return { name: text(name, 'auth.project_name'), domain: domainOf(auth, 'project_domain') };
}

/** The domain said for this, else the one said for all, else Keystone's first domain, whose id is `default`. */
function domainOf(auth: Members, of: 'user_domain' | 'project_domain'): Domain {
  const id = auth[`${of}_id`];
  if (id !== undefined) return { id: text(id, `auth.${of}_id`) };
  const name = auth[`${of}_name`];
  if (name !== undefined) return { name: text(name, `auth.${of}_name`) };
  const allId = auth.domain_id ?? auth.default_domain_id ?? auth.default_domain;
  if (allId !== undefined) return { id: text(allId, 'auth.domain_id') };
  const allName = auth.domain_name ?? auth.default_domain_name;
  return allName === undefined ? { id: 'default' } : { name: text(allName, 'auth.domain_name') };
}
