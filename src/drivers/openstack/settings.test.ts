import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Places } from './settings/clouds.ts';
import { readSettings } from './settings.ts';

const top = mkdtempSync(join(tmpdir(), 'elsewhere-openstack-'));
afterAll(() => rmSync(top, { recursive: true }));
let folders = 0;

/** A machine of its own with these files below `home` and `cwd`. */
function places(
  files: Readonly<Record<string, string>> = {},
  env: Places['env'] = {},
): Places & { readonly at: string } {
  const at = join(top, String(folders++));
  mkdirSync(join(at, 'home', '.config', 'openstack'), { recursive: true });
  mkdirSync(join(at, 'cwd'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
  return { env, at, cwd: join(at, 'cwd'), home: join(at, 'home') };
}

const inline = { auth: { auth_url: 'http://k:5000', username: 'me', password: 'hunter2', project_name: 'demo' } };
const cloud = (user: string, more = '') =>
  `clouds: { lab: { auth: { auth_url: 'http://k/identity/v3/', username: ${user}, password: x }${more} } }`;

it('names the projects of accounts, each of 12 digits', () => {
  const given = { auth: { auth_url: 'http://k:5000', username: 'u', password: 'p' } };
  expect(readSettings({ ...given, projects: { '000000000000': 'p1' } }).projects).toEqual({ '000000000000': 'p1' });
  expect(() => readSettings({ ...given, projects: { demo: 'p1' } })).toThrow(/projects.*12-digit/);
});

describe('credentials', () => {
  const project = '5d235ca0ecbd49b3b7dcec6fdd1cd12e';
  const given = (credentials: object) => ({ ...inline, credentials });

  it('are in files, or in place, by account or project', () => {
    const here = places({ 'cwd/lab.yaml': "id: c1\nname: lab\nroles: member\nsecret: 'hush'\n" });
    const read = readSettings(given({ '000000000000': 'lab.yaml', [project]: { id: 'c2', secret: 's2' } }), here);
    expect(read.credentials).toEqual({
      '000000000000': { id: 'c1', secret: 'hush' },
      [project]: { id: 'c2', secret: 's2' },
    });
  });

  it('are refused without what is in them', () => {
    const here = places({ 'cwd/bad.yaml': 'hush', 'cwd/half.yaml': 'id: c1' });
    const refused = (credentials: object, why: RegExp) =>
      expect(() => readSettings(given(credentials), here)).toThrow(why);
    refused({ demo: 'lab.yaml' }, /12-digit accounts or project ids, which demo/);
    refused({ [project]: 'none.yaml' }, /cannot be read: ENOENT/);
    refused({ [project]: 'half.yaml' }, /secret" must be a text/);
    refused({ [project]: 'bad.yaml' }, /^(?!.*hush).*a file with id and secret/);
    refused({ [project]: { id: 'x', secret: 's', more: 1 } }, /more" is not known/);
  });
});

describe('auth inline', () => {
  it('has defaults for the rest', () => {
    expect(readSettings(inline, places())).toEqual({
      auth: {
        type: 'password',
        url: 'http://k:5000/v3',
        user: { name: 'me', domain: { id: 'default' } },
        password: 'hunter2',
        project: { name: 'demo', domain: { id: 'default' } },
      },
      region: undefined,
      interface: 'public',
      tls: { verify: true },
      endpoints: {},
      projects: {},
      credentials: {},
      aliases: {},
      volumeTypes: {},
      timeouts: { connect: 5000, headers: 60_000, body: 30_000 },
    });
  });

  it.each([
    [
      { user_id: 'u', password: 1234, project_id: 'p' },
      undefined,
      { type: 'password', user: { id: 'u' }, password: '1234', project: { id: 'p' } },
    ],
    [
      { username: 'me', user_domain_name: 'D', password: 'x', project_name: 'n', project_domain_id: 'd' },
      'v3password',
      {
        type: 'password',
        user: { name: 'me', domain: { name: 'D' } },
        password: 'x',
        project: { name: 'n', domain: { id: 'd' } },
      },
    ],
    [
      { application_credential_id: 'c', application_credential_secret: 's' },
      'v3applicationcredential',
      { type: 'application-credential', credential: { id: 'c' }, secret: 's' },
    ],
    [
      { application_credential_name: 'c', user_id: 'u', application_credential_secret: 's' },
      undefined,
      { type: 'application-credential', credential: { name: 'c', user: { id: 'u' } }, secret: 's' },
    ],
    [{ token: 't' }, undefined, { type: 'token', token: 't' }],
  ])('%j %s', (auth, auth_type, read) => {
    const given = { auth: { auth_url: 'https://k/v2.0', ...auth }, ...(auth_type && { auth_type }) };
    expect(readSettings(given, places()).auth).toEqual({ url: 'https://k/v3', ...read });
  });

  it('takes all the rest', () => {
    const { at, ...here } = places({
      'ca.pem': '-----BEGIN CERTIFICATE-----\n',
      'c.pem': '-----BEGIN PRIVATE KEY-----',
    });
    const given = {
      ...inline,
      region: 'R',
      interface: 'internalURL',
      cacert: join(at, 'ca.pem'),
      cert: join(at, 'c.pem'),
      verify: false,
      endpoints: { compute: 'http://proxy:1/v2.1' },
      aliases: { 't3.micro': 'm1.tiny' },
      timeouts: { headers: 1000 },
    };
    expect(readSettings(given, here)).toMatchObject({
      region: 'R',
      interface: 'internal',
      tls: {
        verify: false,
        ca: '-----BEGIN CERTIFICATE-----\n',
        cert: '-----BEGIN PRIVATE KEY-----',
        key: '-----BEGIN PRIVATE KEY-----',
      },
      endpoints: { compute: 'http://proxy:1/v2.1' },
      aliases: { 't3.micro': 'm1.tiny' },
      timeouts: { connect: 5000, headers: 1000, body: 30_000 },
    });
  });
});

describe('a cloud of clouds.yaml', () => {
  const userOf = (given: object, here: Places) => {
    const { auth } = readSettings(given, here);
    return auth.type === 'password' && 'name' in auth.user ? auth.user.name : undefined;
  };
  const config = 'home/.config/openstack/clouds.yaml';

  it('is searched where openstacksdk searches, the first file alone', () => {
    expect(userOf({ cloud: 'lab' }, places({ [config]: cloud('home') }))).toBe('home');
    const both = places({ [config]: cloud('home'), 'cwd/clouds.yml': cloud('cwd'), 'other.yaml': cloud('other') });
    expect(userOf({ cloud: 'lab' }, both)).toBe('cwd');
    expect(userOf({ cloud: 'lab' }, { ...both, env: { OS_CLIENT_CONFIG_FILE: join(both.at, 'other.yaml') } })).toBe(
      'other',
    );
    expect(userOf({ cloud: 'lab', clouds: '../other.yaml' }, both)).toBe('other');
    expect(userOf({ cloud: 'lab', clouds: '~/.config/openstack/clouds.yaml' }, both)).toBe('home');
  });

  it('has its secrets in secure.yaml, which may be elsewhere', () => {
    const here = places({
      [config]: cloud('me', ', region_name: R'),
      'cwd/secure.yaml': 'clouds: { lab: { auth: { password: deep } }, x: {} }',
    });
    expect(readSettings({ cloud: 'lab' }, here)).toMatchObject({
      region: 'R',
      auth: { password: 'deep', user: { name: 'me' } },
    });
  });

  it('gives way to what is said beside it; members for other programs do not matter', () => {
    const more =
      ', regions: [{ name: R1 }], endpoint_type: admin, insecure: true, identity_api_version: 3, compute_endpoint_override: "http://c/v2.1"';
    const here = places({ [config]: cloud('me', more) });
    expect(readSettings({ cloud: 'lab' }, here)).toMatchObject({
      region: 'R1',
      interface: 'admin',
      tls: { verify: false },
      endpoints: { compute: 'http://c/v2.1' },
      auth: { url: 'http://k/identity/v3' },
    });
    expect(readSettings({ cloud: 'lab', region: 'R2', verify: true }, here)).toMatchObject({
      region: 'R2',
      tls: { verify: true },
    });
  });

  it.each([
    ['none at all', {}, { cloud: 'lab' }, 'names lab, but no clouds.yaml was found'],
    ['another name', { [config]: cloud('me') }, { cloud: 'moon' }, 'names moon, which'],
    [
      'a vendor profile',
      { [config]: cloud('me', ', profile: vexxhost') },
      { cloud: 'lab' },
      'uses the vendor profile vexxhost',
    ],
    ['not YAML', { [config]: 'a: [hunter2' }, { cloud: 'lab' }, 'cannot be read: '],
    ['no file', {}, { cloud: 'lab', clouds: '/no/such' }, '/no/such cannot be read: ENOENT'],
  ])('%s is refused in one line', (_, files, given, line) => {
    const refused = () => readSettings(given, places(files));
    expect(refused).toThrow(line);
    expect(refused).not.toThrow(/\n|hunter2/);
  });
});

it.each([
  [{}, 'openstack setting "auth" must be a mapping, unless "cloud" names a cloud of clouds.yaml'],
  [[], 'the openstack settings must be a mapping'],
  [{ ...inline, regoin: 'R' }, 'openstack setting "regoin" is not known; known here: cloud, clouds, auth'],
  [{ auth: { ...inline.auth, pasword: 'x' } }, 'openstack setting "auth.pasword" is not known'],
  [{ auth: { auth_url: 'k:5000' } }, '"auth.auth_url" must be an address http://… or https://…'],
  [{ auth: { auth_url: 'http://k', password: 'x' } }, '"auth" must have username or user_id'],
  [{ auth: { auth_url: 'http://k', username: 'me' } }, '"auth.password" must be a text'],
  [{ ...inline, auth_type: 'v2password' }, '"auth_type" must be one of password, v3password, v3applicationcredential'],
  [{ ...inline, cloud: 'lab' }, '"auth" must be absent where "cloud" is given'],
  [{ ...inline, clouds: 'f' }, '"clouds" must be beside "cloud"'],
  [{ ...inline, interface: 'secret' }, '"interface" must be one of public, internal, admin'],
  [{ ...inline, verify: 'maybe' }, '"verify" must be true or false'],
  [{ ...inline, cacert: '/no/such' }, '"cacert" names a file that cannot be read: ENOENT'],
  [{ ...inline, cacert: '/dev/null' }, '"cacert" must be a PEM file, which /dev/null is not'],
  [{ ...inline, endpoints: { nova: 'http://x' } }, '"endpoints.nova" is not known'],
  [{ ...inline, endpoints: { compute: 'x' } }, '"endpoints.compute" must be an address'],
  [{ ...inline, volume_types: { gp3: [] } }, '"volume_types.gp3" must be a text'],
  [{ ...inline, aliases: ['a'] }, '"aliases" must be a mapping'],
  [{ ...inline, aliases: { 't3.micro': '' } }, '"aliases.t3.micro" must be a text'],
  [{ ...inline, timeouts: { headers: 0 } }, '"timeouts.headers" must be a whole number of milliseconds, 1 or more'],
])('%j is refused in one line', (given, line) => {
  const refused = () => readSettings(given, places());
  expect(refused).toThrow(line);
  expect(refused).not.toThrow(/\n|hunter2/);
  expect(refused).toThrow(expect.objectContaining({ name: 'SettingsError' }));
});
