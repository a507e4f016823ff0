import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Certified, createAuthority } from '../../../../test/support/authority.ts';
import { silentLog } from '../../../../test/support/log.ts';
import { createVirtualClock } from '../../../main/clock/virtual.ts';
import { seededRandom } from '../../../main/random.ts';
import { readSettings } from '../settings.ts';
import { createTransport, type Transport } from './request.ts';
import { createSession } from './session.ts';

const lab = createAuthority('lab');
const other = createAuthority('somebody else’s');
const here = { name: 'cloud', addresses: ['127.0.0.1'] };

let folder: string;
let servers: Server[];
let transports: Transport[];
/** What the services saw: the path, and the name in the client's certificate. */
let seen: (readonly [path: string, client: string | undefined])[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-tls-'));
  servers = [];
  transports = [];
  seen = [];
});
afterEach(async () => {
  await Promise.all(transports.map((one) => one.close()));
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** Keystone and Nova at one address. `clients`: whose certificates a client must have one of. */
async function cloud(certified: Certified, clients?: string): Promise<string> {
  const wanted = clients === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: clients };
  const server = createServer({ ...certified, ...wanted }, (request, response) => {
    const client = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
    seen.push([request.url ?? '', client?.toString()]);
    const isToken = request.url === '/v3/auth/tokens';
    response.writeHead(isToken ? 201 : 200, { 'content-type': 'application/json', 'x-subject-token': 't' });
    const project = { id: 'p1', name: 'demo' };
    const token = { expires_at: '2999-01-01T00:00:00Z', user: { id: 'u', name: 'me' }, project, catalog: [] };
    response.end(JSON.stringify(isToken ? { token } : { servers: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Asks Nova for servers, as the driver with these settings does. */
function ask(url: string, tls: object): Promise<unknown> {
  const settings = readSettings(
    {
      auth: { auth_url: `${url}/v3`, username: 'me', password: 'p', project_id: 'p1', user_domain_id: 'default' },
      endpoints: { compute: `${url}/compute/v2.1` },
      ...tls,
    },
    { cwd: folder, home: folder, env: {} },
  );
  const clock = createVirtualClock({ start: 0 });
  const transport = createTransport({ tls: settings.tls, timeouts: settings.timeouts, clock, log: silentLog });
  transports.push(transport);
  const patience = { attempts: 1, firstPause: 1, longestPause: 1, total: 1 };
  const session = createSession({
    ...{ auth: settings.auth, where: settings, transport, clock, patience },
    random: seededRandom(1),
  });
  return session.ask({ service: 'compute', method: 'GET', path: '/servers' });
}

const passes = expect.objectContaining({ status: 200, body: { servers: [] } });
const both = (client?: string) => [
  ['/v3/auth/tokens', client],
  ['/compute/v2.1/servers', client],
];

it('a service whose certificate is of the authority of `cacert` is believed', async () => {
  const url = await cloud(lab.issue(here));
  expect(await ask(url, { cacert: file('ca.pem', lab.cert) })).toEqual(passes);
  expect(seen).toEqual(both());
  // A file may have several.
  expect(await ask(url, { cacert: file('both.pem', other.cert + lab.cert) })).toEqual(passes);
});

it.each<[string, () => Certified, () => object, RegExp]>([
  ['the system knows no such authority', () => lab.issue(here), () => ({}), /UNABLE_TO_VERIFY_LEAF_SIGNATURE/],
  [
    '`cacert` is another authority',
    () => lab.issue(here),
    () => ({ cacert: file('ca.pem', other.cert) }),
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
  ],
  [
    'it is for another host name',
    () => lab.issue({ name: '127.0.0.1', hosts: ['other.example'] }),
    () => ({ cacert: file('ca.pem', lab.cert) }),
    /127\.0\.0\.1.*ERR_TLS_CERT_ALTNAME_INVALID/,
  ],
  [
    'it has expired',
    () => lab.issue({ ...here, ended: new Date(Date.UTC(2020, 0, 1)) }),
    () => ({ cacert: file('ca.pem', lab.cert) }),
    /CERT_HAS_EXPIRED/,
  ],
])('a service is not spoken to where %s', async (_, certified, tls, words) => {
  const url = await cloud(certified());
  const refused = ask(url, tls());
  await expect(refused).rejects.toThrow(/^identity gave no answer: /);
  await expect(refused).rejects.toThrow(words);
  // Nobody can be at work on what was not sent: it may be asked again, when somebody has mended the settings.
  await expect(refused).rejects.toMatchObject({ trouble: 'unavailable', facts: { reached: false } });
  expect(seen).toEqual([]);
  // Who does not want to check is let in.
  expect(await ask(url, { verify: false })).toEqual(passes);
  expect(seen).toEqual(both());
});

it('`insecure` of clouds.yaml is `verify: false`', async () => {
  const url = await cloud(lab.issue(here));
  const auth = `{ auth_url: "${url}/v3", username: me, password: p, project_id: p1, user_domain_id: default }`;
  const clouds = (insecure: boolean) =>
    file('clouds.yaml', `clouds: { lab: { auth: ${auth}, insecure: ${insecure} } }\n`);
  const named = { auth: undefined, cloud: 'lab' };
  await expect(ask(url, { ...named, clouds: clouds(false) })).rejects.toThrow('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  expect(await ask(url, { ...named, clouds: clouds(true) })).toEqual(passes);
});

it('a service that wants a certificate of its client gets that of `cert` and `key`', async () => {
  const url = await cloud(lab.issue(here), lab.cert);
  const cacert = file('ca.pem', lab.cert);
  const mine = lab.issue({ name: 'elsewhere' });
  const cert = file('cert.pem', mine.cert);
  expect(await ask(url, { cacert, cert, key: file('key.pem', mine.key) })).toEqual(passes);
  // One file may have both.
  expect(await ask(url, { cacert, cert: file('mine.pem', mine.cert + mine.key) })).toEqual(passes);
  expect(seen).toEqual([...both('elsewhere'), ...both('elsewhere')]);
});

it('a service that wants one answers nobody who has none, or another authority’s', async () => {
  const url = await cloud(lab.issue(here), lab.cert);
  const cacert = file('ca.pem', lab.cert);
  const strange = other.issue({ name: 'elsewhere' });
  for (const tls of [{}, { cert: file('mine.pem', strange.cert + strange.key) }]) {
    const refused = ask(url, { cacert, ...tls });
    await expect(refused).rejects.toThrow(/^identity gave no answer: /);
    await expect(refused).rejects.toMatchObject({ trouble: 'unavailable' });
  }
  expect(seen).toEqual([]);
});
