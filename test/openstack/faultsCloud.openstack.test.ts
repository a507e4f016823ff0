import { expect, it } from 'vitest';
import { DriverError } from '../../src/ports/driver.ts';
import { troubleOf } from '../contract/driver/harness.ts';
import { faultSuite } from './support/faultSuite.ts';
import {
  callOf,
  cloud,
  type FaultBench,
  gone,
  idOf,
  interfaceOf,
  machineOf,
  openBench,
  persist,
  remembered,
  seenBy,
  zone,
} from './support/faultsBench.ts';
import { ask } from './support/session.ts';

const on = faultSuite();

const newId = (prefix: 'i' | 'vol'): string => on.make.id(prefix === 'i' ? 'machines' : 'volumes', prefix);

/** Asks Keystone as the administrator. */
async function keystone<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await ask<T>(`${cloud.authUrl}${path}`, { method, token: on.eyes.admin.id, ...(body && { body }) });
  if (answer.status >= 300) throw new Error(`Keystone answered ${answer.status} to ${method} ${path}`);
  return answer.body;
}

/** Asks another service as the administrator. */
async function administer(service: 'compute' | 'volumev3', method: string, path: string, body?: object): Promise<void> {
  const { status } = await on.eyes.admin.ask(service, path, { method, ...(body && { body }) });
  if (status >= 300) throw new Error(`${service} answered ${status} to ${method} ${path}`);
}

/** A bench in a project of its own, in which the driver's user is a member. */
async function openProject(): Promise<FaultBench & { readonly project: string }> {
  const domain = cloud.domain.id;
  const wanted = { project: { name: idOf('faults'), domain_id: domain } };
  const { project } = await keystone<{ project: { id: string } }>('POST', '/projects', wanted);
  on.undo(() => keystone('DELETE', `/projects/${project.id}`));
  const { roles } = await keystone<{ roles: readonly { id: string }[] }>('GET', '/roles?name=member');
  const user = cloud.users.elsewhere.id;
  await keystone('PUT', `/projects/${project.id}/users/${user}/roles/${roles[0]?.id}`);
  const own = await openBench(on.eyes, project.id);
  on.undo(() => own.close());
  return { ...own, project: project.id };
}

/** What a verb is refused with. */
const refusal = async (verb: Promise<unknown>): Promise<DriverError> => {
  const error = await verb.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DriverError) return error;
  throw new Error('it was not refused', { cause: error });
};

it('a quota that is used up is no capacity, and so is a flavor that no host has room for', async () => {
  const own = await openProject();
  const { driver, project } = own;
  const quotas = (quota_set: object) => administer('compute', 'PUT', `/os-quota-sets/${project}`, { quota_set });
  await quotas({ instances: 0, ram: -1 });
  on.undo(() => administer('compute', 'DELETE', `/os-quota-sets/${project}`));

  const id = idOf('i');
  const none = machineOf(driver, { interfaces: [] });
  expect(await driver.compute.quota!('m1.tiny', callOf())).toEqual({ left: 0, limit: 'instances' });
  const full = await refusal(driver.compute.ensure(id, none, callOf()));
  expect(full).toMatchObject({ trouble: 'no-capacity', retry: false });
  expect(full.message).toMatch(/Quota exceeded for instances/);
  await gone(driver.compute, id);

  await administer('volumev3', 'PUT', `/os-quota-sets/${project}`, { quota_set: { volumes: 0 } });
  const volume = idOf('vol');
  const spec = { zone, sizeGiB: 1, type: 'gp3', encrypted: false };
  expect(await troubleOf(driver.volumes.ensure(volume, spec, callOf()))).toBe('no-capacity');
  await gone(driver.volumes, volume);

  await quotas({ instances: 10, ram: -1 });
  const name = idOf('faults');
  const flavor = { id: name, name, ram: 900_000_000, vcpus: 1, disk: 1 };
  await administer('compute', 'POST', '/flavors', { flavor });
  on.undo(() => administer('compute', 'DELETE', `/flavors/${name}`));
  const large = await (await own.start()).compute;
  const huge = idOf('i');
  const failed = await refusal(
    persist(() => large.ensure(huge, machineOf(driver, { interfaces: [], instanceType: name }), callOf())),
  );
  expect(failed).toMatchObject({ trouble: 'no-capacity', retry: false });
  expect(failed.message).toMatch(/no valid host/i);
  await gone(large, huge);
  expect(remembered(own.shelf)).toEqual([]);
});

it('Neutron’s quota is no capacity, too', async () => {
  const id = newId('i');
  const NeutronError = { type: 'OverQuota', message: "Quota exceeded for resources: ['port'].", detail: '' };
  on.at.proxy.fail({
    service: 'network',
    method: 'POST',
    fault: { kind: 'status', status: 409, body: { NeutronError } },
  });
  const refused = await refusal(on.at.driver.compute.ensure(id, machineOf(on.at.driver), callOf()));
  expect(refused).toMatchObject({ trouble: 'no-capacity', retry: false });
});

it('a zone that there is not is invalid, and leaves nothing', async () => {
  const id = newId('i');
  const refused = await refusal(
    on.at.driver.compute.ensure(id, machineOf(on.at.driver, { zone: 'nowhere' }), callOf()),
  );
  expect(refused).toMatchObject({ trouble: 'invalid', retry: false });
  await gone(on.at.driver.compute, id);
  expect(await seenBy(on.eyes).ports(id)).toEqual([]);
});

it('a server in ERROR is told of, and can be taken away', async () => {
  const id = newId('i');
  const spec = machineOf(on.at.driver);
  await persist(() => on.at.driver.compute.ensure(id, spec, callOf()));
  const [server] = await seenBy(on.eyes).servers(id);
  await administer('compute', 'POST', `/servers/${server}/action`, { 'os-resetState': { state: 'error' } });
  expect(await on.at.driver.compute.look(id, callOf())).toMatchObject({ settled: true, note: expect.any(String) });
  expect(await on.at.driver.compute.health(id, callOf())).toEqual({ system: 'impaired', instance: 'impaired' });
  // It has lived: a launch that comes to it again finds it made, and not well.
  expect(await on.at.driver.compute.ensure(id, spec, callOf())).toMatchObject({
    settled: true,
    note: expect.any(String),
  });
  await gone(on.at.driver.compute, id);
  expect(await on.at.driver.compute.look(id, callOf())).toBeUndefined();
  expect(await seenBy(on.eyes).servers(id)).toEqual([]);
  expect(await seenBy(on.eyes).ports(id)).toEqual([]);
});

it('an address that somebody else’s port has is invalid, and leaves nothing', async () => {
  const id = newId('i');
  const free = interfaceOf();
  const theirs = interfaceOf();
  const { subnet, id: network } = cloud.networks.demo;
  const port = { network_id: network, fixed_ips: [{ subnet_id: subnet.id, ip_address: theirs.privateIp }] };
  const made = await on.eyes.demo.ask<{ port: { id: string } }>('network', '/v2.0/ports', {
    method: 'POST',
    body: { port },
  });
  expect(made.status).toBe(201);
  on.undo(() => on.eyes.demo.ask('network', `/v2.0/ports/${made.body.port.id}`, { method: 'DELETE' }));
  const spec = machineOf(on.at.driver, { interfaces: [free, theirs] });
  const refused = await refusal(on.at.driver.compute.ensure(id, spec, callOf()));
  expect(refused).toMatchObject({ trouble: 'invalid', retry: false });
  expect(refused.message).toContain(theirs.privateIp);
  await gone(on.at.driver.compute, id);
  expect(await seenBy(on.eyes).ports(id)).toEqual([]);
  expect(await seenBy(on.eyes).servers(id)).toEqual([]);
});

it('a volume stuck in detaching is waited for, and goes on when somebody frees it', async () => {
  const { compute } = on.at.driver;
  const id = newId('i');
  const volume = newId('vol');
  const spec = { zone, sizeGiB: 1, type: 'gp3', encrypted: false };
  const disk = { device: '/dev/sdf', volume };
  await Promise.all([
    persist(() => compute.ensure(id, machineOf(on.at.driver), callOf())),
    persist(() => on.at.driver.volumes.ensure(volume, spec, callOf())),
  ]);
  await persist(() => compute.attach(id, disk, callOf()));
  const [native] = await seenBy(on.eyes).volumes(volume);
  const reset = (status: string) =>
    administer('volumev3', 'POST', `/volumes/${native}/action`, { 'os-reset_status': { status } });
  await reset('detaching');
  let stuck = true;
  on.undo(async () => {
    if (stuck) await reset('in-use');
    if (stuck) await persist(() => compute.detach(id, disk, { force: false }, callOf()));
  });
  on.at.proxy.clear();
  for (let looks = 0; looks < 3; looks++)
    expect(await compute.detach(id, disk, { force: false }, callOf())).toMatchObject({ settled: false });
  expect(on.at.proxy.count({ method: 'DELETE' })).toBe(0);
  expect(await on.at.driver.volumes.absent(volume, callOf())).toMatchObject({ settled: false });
  await reset('in-use');
  expect((await persist(() => compute.detach(id, disk, { force: false }, callOf()))).troubles).toEqual([]);
  stuck = false;
  expect((await gone(on.at.driver.volumes, volume)).troubles).toEqual([]);
  expect(await seenBy(on.eyes).volumes(volume)).toEqual([]);
});

it('a token that is revoked is replaced', async () => {
  const id = newId('i');
  const volume = newId('vol');
  const { compute, volumes: disks } = await on.at.start();
  await persist(() => compute.ensure(id, machineOf(on.at.driver, { interfaces: [] }), callOf()));
  on.at.proxy.clear();
  await compute.look(id, callOf());
  const token = on.at.proxy.passed.at(-1)?.token ?? '';
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const revoked = await fetch(`${cloud.authUrl}/auth/tokens`, { method: 'DELETE', headers });
  expect(revoked.status).toBe(204);
  on.at.proxy.clear();
  // Cinder has not seen it before; others may have it in a cache.
  const spec = { zone, sizeGiB: 1, type: 'gp3', encrypted: false };
  expect((await persist(() => disks.ensure(volume, spec, callOf()))).troubles).toEqual([]);
  expect(on.at.proxy.passed.filter(({ status }) => status === 401).length).toBeGreaterThan(0);
  expect(await compute.look(id, callOf())).toMatchObject({ settled: true });
  expect(on.at.proxy.passed.at(-1)?.token).not.toBe(token);
});
