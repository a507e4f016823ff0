import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Driver, DriverError } from '../../src/ports/driver.ts';
import type { GroupSpec } from '../../src/ports/networks.ts';
import {
  callOf,
  cloud,
  type Eyes,
  type FaultBench,
  gone,
  idOf,
  openBench,
  openEyes,
  persist,
  remembered,
} from './support/faultsBench.ts';
import { floatingIps, type Group, ruleTexts, securityGroups } from './support/publicSide.ts';
import { ask } from './support/session.ts';

let eyes: Eyes;
let at: FaultBench;
const made = { addresses: new Set<string>(), groups: new Set<string>() };
const last: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  eyes = await openEyes();
  at = await openBench(eyes);
});
afterEach(async () => {
  at.proxy.clear();
  for (const undo of last.splice(0).reverse()) await undo();
  for (const id of made.addresses) await gone(addressesOf(at.driver), id);
  for (const id of made.groups) await gone(groupsOf(at.driver), id);
  made.addresses.clear();
  made.groups.clear();
  expect(remembered(at.shelf)).toEqual([]);
});
afterAll(() => at?.close());

const addressesOf = ({ networks }: Driver) => networks!.addresses!;
const groupsOf = ({ networks }: Driver) => networks!.groups!;

function newId(kind: 'addresses' | 'groups'): string {
  const id = idOf(kind === 'addresses' ? 'eipalloc' : 'sg');
  made[kind].add(id);
  return id;
}

const ssh = { direction: 'ingress', protocol: 'tcp', from: 22, to: 22, cidr4: '10.0.0.0/8' } as const;
const http = { direction: 'ingress', protocol: 'tcp', from: 80, to: 80, cidr4: '0.0.0.0/0' } as const;
const spec = (more: Partial<GroupSpec> = {}): GroupSpec => ({
  ...{ vpc: 'vpc-00000000000000001', name: 'of a test', description: 'that breaks things' },
  ...{ isDefault: false, isNew: true, rules: [ssh, http], ...more },
});

/** Floating IPs and groups of the project that are described by an id. */
const ipsOf = async (id: string) => (await floatingIps(eyes.demo)).filter(({ description }) => description === id);
const groupsBy = async (id: string): Promise<readonly Group[]> =>
  (await securityGroups(eyes.demo)).filter(({ description }) => description.startsWith(id));

const refusal = (verb: Promise<unknown>): Promise<DriverError> =>
  verb.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: DriverError) => error,
  );

const post = (path: RegExp) => ({ service: 'network', method: 'POST', path }) as const;

describe('a floating IP', () => {
  it.each(['lost', 'half'] as const)('is made once although the reply is %s', async (kind) => {
    const id = newId('addresses');
    at.proxy.fail({ ...post(/floatingips$/), fault: { kind } });
    const { seen } = await persist(() => addressesOf(at.driver).ensure(id, {}, callOf()));
    expect(await ipsOf(id)).toMatchObject([{ floating_ip_address: seen.publicIp }]);
  });

  it('is made once although Neutron is down for a while', async () => {
    const id = newId('addresses');
    at.proxy.fail({ service: 'network', times: 6, fault: { kind: 'status', status: 503 } });
    await persist(() => addressesOf(at.driver).ensure(id, {}, callOf()));
    expect(await ipsOf(id)).toHaveLength(1);
  });

  it('that was made twice, because the first request came late, is one in the end', async () => {
    const id = newId('addresses');
    let arrive: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    at.proxy.fail({ ...post(/floatingips$/), fault: { kind: 'late', until } });
    const { seen } = await persist(() => addressesOf(at.driver).ensure(id, {}, callOf()));
    arrive();
    await at.proxy.idle();
    expect(await ipsOf(id)).toHaveLength(2);
    await persist(() => addressesOf(at.driver).ensure(id, { publicIp: seen.publicIp }, callOf()));
    expect(await ipsOf(id)).toMatchObject([{ floating_ip_address: seen.publicIp }]);
  });

  it('is found again by the process that comes after a crash', async () => {
    for (let n = 1; n < 4; n++) {
      const id = newId('addresses');
      const first = await at.start();
      const died = new Promise<void>((resolve) => at.proxy.dieAfter(n, resolve));
      const work = Promise.allSettled([persist(() => addressesOf(first).ensure(id, {}, callOf()))]);
      await Promise.race([died, work]);
      await at.proxy.idle();
      at.proxy.clear();
      await first.close();
      const second = await at.start();
      await persist(() => addressesOf(second).ensure(id, {}, callOf()));
      expect(await ipsOf(id)).toHaveLength(1);
    }
  });

  it('is not made where the pool is empty', async () => {
    const id = newId('addresses');
    const NeutronError = { type: 'IpAddressGenerationFailure', message: 'No more IP addresses available.', detail: '' };
    const body = { NeutronError };
    at.proxy.fail({ ...post(/floatingips$/), fault: { kind: 'status', status: 409, body } });
    const refused = await refusal(addressesOf(at.driver).ensure(id, {}, callOf()));
    expect(refused).toMatchObject({ trouble: 'no-capacity', retry: false });
    expect(refused.about).toBeUndefined();
  });

  it('that somebody has deleted is told to be gone, and not made anew', async () => {
    const id = newId('addresses');
    const { seen } = await persist(() => addressesOf(at.driver).ensure(id, {}, callOf()));
    const [there] = await ipsOf(id);
    await eyes.demo.ask('network', `/v2.0/floatingips/${there!.id}`, { method: 'DELETE' });
    const attempt = addressesOf(at.driver).ensure(id, { publicIp: seen.publicIp }, callOf());
    expect(await refusal(attempt)).toMatchObject({ trouble: 'invalid', about: 'gone' });
    expect(await addressesOf(at.driver).look(id, callOf())).toBeUndefined();
    expect(await ipsOf(id)).toEqual([]);
  });

  it('goes although the reply to its deletion is lost', async () => {
    const id = newId('addresses');
    await persist(() => addressesOf(at.driver).ensure(id, {}, callOf()));
    at.proxy.fail({ service: 'network', method: 'DELETE', fault: { kind: 'lost' } });
    await gone(addressesOf(at.driver), id);
    expect(await ipsOf(id)).toEqual([]);
  });
});

describe('a security group', () => {
  const rules = ['ingress IPv4 tcp 22-22 10.0.0.0/8', 'ingress IPv4 tcp 80-80 0.0.0.0/0'];

  it.each([/security-groups$/, /security-group-rules$/])(
    'is made once although the reply to %s is lost',
    async (path) => {
      const id = newId('groups');
      at.proxy.fail({ ...post(path), fault: { kind: 'lost' } });
      await persist(() => groupsOf(at.driver).ensure(id, spec(), callOf()));
      const there = await groupsBy(id);
      expect(there).toHaveLength(1);
      expect(ruleTexts(there[0]!)).toEqual(rules);
    },
  );

  it('is made once although its process dies at any request', async () => {
    for (let n = 1; n < 6; n++) {
      const id = newId('groups');
      const first = await at.start();
      const died = new Promise<void>((resolve) => at.proxy.dieAfter(n, resolve));
      const work = Promise.allSettled([persist(() => groupsOf(first).ensure(id, spec(), callOf()))]);
      await Promise.race([died, work]);
      await at.proxy.idle();
      at.proxy.clear();
      await first.close();
      const second = await at.start();
      await persist(() => groupsOf(second).ensure(id, spec(), callOf()));
      expect((await groupsBy(id)).map(ruleTexts)).toEqual([rules]);
    }
  });

  it('that somebody has deleted is told to be gone, and not made anew', async () => {
    const id = newId('groups');
    await persist(() => groupsOf(at.driver).ensure(id, spec(), callOf()));
    const [there] = await groupsBy(id);
    await eyes.demo.ask('network', `/v2.0/security-groups/${there!.id}`, { method: 'DELETE' });
    const attempt = groupsOf(at.driver).ensure(id, spec({ isNew: false, rules: [ssh] }), callOf());
    expect(await refusal(attempt)).toMatchObject({ trouble: 'invalid', about: 'gone' });
    expect(await groupsBy(id)).toEqual([]);
  });
});

it('Neutron’s quotas are told as quotas, and leave nothing', async () => {
  const own = await openProject();
  const quota = { floatingip: 0, security_group: 2, security_group_rule: 9 };
  await administer('PUT', `/v2.0/quotas/${own.project}`, { quota });
  const overQuota = { trouble: 'no-capacity', about: 'quota', retry: false };
  const address = idOf('eipalloc');
  expect(await refusal(addressesOf(own.driver).ensure(address, {}, callOf()))).toMatchObject(overQuota);
  const [one, two] = [idOf('sg'), idOf('sg')];
  await persist(() => groupsOf(own.driver).ensure(one, spec({ rules: [ssh] }), callOf()));
  expect(await refusal(groupsOf(own.driver).ensure(two, spec({ rules: [] }), callOf()))).toMatchObject(overQuota);
  const many = Array.from({ length: 9 }, (_, n) => ({ ...ssh, from: n + 1, to: n + 1 }));
  const more = groupsOf(own.driver).ensure(one, spec({ isNew: false, rules: [ssh, ...many] }), callOf());
  expect(await refusal(more)).toMatchObject(overQuota);
  await gone(addressesOf(own.driver), address);
  for (const id of [one, two]) await gone(groupsOf(own.driver), id);
  expect(remembered(own.shelf)).toEqual([]);
});

async function administer<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await eyes.admin.ask<T>('network', path, { method, ...(body && { body }) });
  if (answer.status >= 300) throw new Error(`Neutron answered ${answer.status} to ${method} ${path}`);
  return answer.body;
}

/** A bench in a project of its own, in which the driver's user is a member. */
async function openProject(): Promise<FaultBench & { readonly project: string }> {
  const keystone = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await ask<T>(`${cloud.authUrl}${path}`, { method, token: eyes.admin.id, ...(body && { body }) });
    if (answer.status >= 300) throw new Error(`Keystone answered ${answer.status} to ${method} ${path}`);
    return answer.body;
  };
  const wanted = { project: { name: idOf('faults'), domain_id: cloud.domain.id } };
  const { project } = await keystone<{ project: { id: string } }>('POST', '/projects', wanted);
  last.push(() => keystone('DELETE', `/projects/${project.id}`));
  last.push(() => administer('DELETE', `/v2.0/quotas/${project.id}`));
  const { roles } = await keystone<{ roles: readonly { id: string }[] }>('GET', '/roles?name=member');
  await keystone('PUT', `/projects/${project.id}/users/${cloud.users.elsewhere.id}/roles/${roles[0]?.id}`);
  const own = await openBench(eyes, project.id);
  last.push(() => own.close());
  last.push(async () => {
    // Neutron makes a default group for every project that is asked about.
    const path = `/v2.0/security-groups?project_id=${project.id}`;
    const { security_groups: left } = await administer<{ security_groups: readonly { id: string }[] }>('GET', path);
    for (const { id } of left) await administer('DELETE', `/v2.0/security-groups/${id}`);
  });
  return { ...own, project: project.id };
}
