import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestWorld, testAccount, testWorld } from '../../../../test/support/world.ts';
import { launched } from '../../../cloud/instance/instance.fixture.ts';
import { secretBox } from '../../../main/secrets.ts';
import { machineUuid } from '../../../ports/ids.ts';
import { guest, textOf, walk } from '../metadata.fixture.ts';
import { createMetadata, type MetadataService } from '../service.ts';

let w: TestWorld;
let service: MetadataService;
let [full, plain, strict, off] = ['', '', '', ''];
const region = 'us-east-1';
const ask = (id: string) => guest(service, region, id);
const listOf = async (id: string, path: string) => textOf(await ask(id)(path)).split('\n');
const jsonOf = async (id: string, path: string) => {
  const reply = await ask(id)(path);
  expect(reply).toMatchObject({ status: 200, headers: ['Content-Type', 'application/json'] });
  return JSON.parse(textOf(reply));
};
const rowOf = async (id: string) => (await service.find(region, id))!;
const leave = (id: string, text: string, more: object = {}) =>
  ask(id)('/openstack/latest/password', { method: 'POST', body: async () => Buffer.from(text), ...more });

beforeAll(async () => {
  w = await testWorld();
  service = createMetadata({ world: { ...w.world, secrets: secretBox(Buffer.alloc(32, 7)) }, clock: w.clock });
  await w.call('CreateKeyPair', { KeyName: 'mine' });
  const tagged = [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web, ü' }] }];
  const launch = async (more: object, options: object) =>
    (await launched(w, { ...more, MetadataOptions: { HttpTokens: 'optional', ...options } }))[0]!;
  const UserData = Buffer.from([0x1f, 0x8b, 0xff]).toString('base64');
  full = await launch({ KeyName: 'mine', UserData, TagSpecifications: tagged }, { InstanceMetadataTags: 'enabled' });
  plain = await launch({ TagSpecifications: tagged }, {});
  strict = await launch({}, { HttpTokens: 'required' });
  off = await launch({}, { HttpEndpoint: 'disabled' });
  await w.settle();
});
afterAll(() => w.close());

describe('OpenStack’s tree', () => {
  it('lists Nova’s versions, and in each what that version has', async () => {
    const versions = await listOf(full, '/openstack');
    expect(versions).toEqual([
      ...['2012-08-10', '2013-04-04', '2013-10-17', '2015-10-15', '2016-06-30', '2016-10-06', '2017-02-22'],
      ...['2018-08-27', '2020-10-14', '2025-04-04', 'latest'],
    ]);
    expect(await listOf(full, '/')).not.toContain('openstack');
    for (const version of versions) await walk(ask(full), `/openstack/${version}/`);
    const oldest = ['meta_data.json', 'user_data'];
    expect(await listOf(full, '/openstack/2012-08-10')).toEqual(oldest);
    expect(await listOf(full, '/openstack/2013-04-04')).toEqual([...oldest, 'password']);
    expect(await listOf(full, '/openstack/2013-10-17')).toEqual([...oldest, 'password', 'vendor_data.json']);
    const all = [...oldest, 'password', 'vendor_data.json', 'network_data.json', 'vendor_data2.json'];
    expect(await listOf(full, '/openstack/2015-10-15')).toEqual(all.slice(0, 5));
    expect(await listOf(full, '/openstack/latest/')).toEqual(all);
    expect(await listOf(plain, '/openstack/latest/')).not.toContain('user_data');
    for (const path of ['2012-08-10/password', '2099-01-01', 'latest/meta-data', 'content/0000'])
      expect([path, (await ask(full)(`/openstack/${path}`)).status]).toEqual([path, 404]);
    expect((await ask(plain)('/openstack/latest/user_data')).status).toBe(404);
  });

  it('says what the instance is', async () => {
    const row = await rowOf(full);
    const { random_seed: seed, ...rest } = await jsonOf(full, '/openstack/latest/meta_data.json');
    const data = expect.stringMatching(/^ssh-rsa [\w+/=]+ mine\n$/);
    expect(rest).toEqual({
      ...{ uuid: machineUuid(full), meta: { Name: 'web, ü' }, name: 'web, ü', hostname: row.privateDns },
      ...{ public_keys: { mine: data }, keys: [{ name: 'mine', type: 'ssh', data }] },
      ...{ launch_index: 0, availability_zone: row.zone, project_id: testAccount, devices: [], dedicated_cpus: [] },
    });
    expect(Buffer.from(seed, 'base64')).toHaveLength(512);
    expect((await jsonOf(full, '/openstack/latest/meta_data.json')).random_seed).not.toBe(seed);
    const first = await jsonOf(full, '/openstack/2012-08-10/meta_data.json');
    expect(first).not.toHaveProperty('random_seed');
    expect(first).not.toHaveProperty('project_id');
    // Its tags are not enabled.
    const untagged = await jsonOf(plain, '/openstack/latest/meta_data.json');
    expect([untagged.name, untagged.meta]).toEqual([plain, undefined]);
    expect([...((await ask(full)('/openstack/latest/user_data')).body as Uint8Array)]).toEqual([0x1f, 0x8b, 0xff]);
    for (const vendor of ['vendor_data.json', 'vendor_data2.json'])
      expect(await jsonOf(full, `/openstack/latest/${vendor}`)).toEqual({});
  });

  it('says which interfaces there are', async () => {
    const [nic] = (await rowOf(full)).interfaces;
    const link = { id: 'interface0', vif_id: nic!.id, type: 'phy', mtu: null, ethernet_mac_address: nic!.mac };
    expect(await jsonOf(full, '/openstack/latest/network_data.json')).toEqual({
      links: [link],
      networks: [{ id: 'network0', type: 'ipv4_dhcp', link: 'interface0', network_id: nic!.subnet }],
      services: [],
    });
  });

  it('keeps the password that a guest leaves, once, and sealed', async () => {
    expect(textOf(await ask(plain)('/openstack/latest/password'))).toBe('');
    expect((await leave(plain, '')).status).toBe(200);
    expect((await leave(plain, 'c2VjcmV0')).status).toBe(200);
    expect(textOf(await ask(plain)('/openstack/2013-04-04/password'))).toBe('c2VjcmV0');
    expect((await leave(plain, 'another')).status).toBe(409);
    expect(textOf(await ask(plain)('/openstack/latest/password'))).toBe('c2VjcmV0');
    expect(JSON.stringify(await rowOf(plain))).not.toMatch(/c2VjcmV0|YzJWamNtVjA/);
    expect(textOf(await ask(full)('/openstack/latest/password'))).toBe('');
    for (const path of ['/openstack/2012-08-10/password', '/openstack/latest/meta_data.json', '/latest/user-data'])
      expect([path, (await ask(plain)(path, { method: 'POST', body: async () => Buffer.from('x') })).status]).toEqual([
        path,
        405,
      ]);
    expect((await leave(full, 'x', { method: 'PUT' })).status).toBe(405);
  });

  it('is under the rules of EC2’s: a token where one is required, and nothing where it is off', async () => {
    const path = '/openstack/latest/meta_data.json';
    expect((await ask(strict)(path)).status).toBe(401);
    expect((await leave(strict, 'x')).status).toBe(401);
    const token = textOf(await ask(strict)('/latest/api/token', { method: 'PUT', seconds: '60' }));
    expect((await ask(strict)(path, { token })).status).toBe(200);
    expect((await ask(full)(path, { token })).status).toBe(401);
    expect((await leave(strict, 'x', { token })).status).toBe(200);
    for (const one of ['/openstack', path, '/openstack/latest/password'])
      expect([one, (await ask(off)(one)).status]).toEqual([one, 403]);
    expect((await leave(off, 'x')).status).toBe(403);
  });
});

it('tells the disks of an instance’s type where the cloud gives them, behind its volumes', async () => {
  const giving = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, ownDisks: true } }) });
  const told = createMetadata({ world: giving.world, clock: giving.clock });
  const mapped = async (InstanceType: string, disks: readonly string[]) => {
    const BlockDeviceMappings = disks.map((DeviceName) => ({ DeviceName, Ebs: { VolumeSize: 1 } }));
    const MetadataOptions = { HttpTokens: 'optional' };
    const [id] = await launched(giving, { InstanceType, BlockDeviceMappings, MetadataOptions });
    await giving.settle();
    return [id!, () => walk(guest(told, region, id!), '/latest/meta-data/block-device-mapping/')] as const;
  };
  const own = (values: ReadonlyMap<string, string>) =>
    [...values].filter(([path]) => path.includes('ephemeral')).map(([path, name]) => [path.split('/').pop(), name]);
  const [id, one] = await mapped('m3.medium', []);
  expect(own(await one())).toEqual([['ephemeral0', 'sdb']]);
  await giving.clock.advance(1_000);
  const { VolumeId } = await giving.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
  await giving.settle();
  await giving.call('AttachVolume', { VolumeId, InstanceId: id, Device: '/dev/sdf' });
  await giving.settle();
  expect((await told.find(region, id))!.blockDevices).toHaveLength(2);
  expect(own(await one())).toEqual([['ephemeral0', 'sdb']]);
  const [, two] = await mapped('m3.xlarge', ['/dev/sdf']);
  expect(own(await two())).toEqual([
    ['ephemeral0', 'sdc'],
    ['ephemeral1', 'sdd'],
  ]);
  const [, three] = await mapped('m3.xlarge', ['/dev/sdc']);
  expect(own(await three())).toEqual([
    ['ephemeral0', 'sdd'],
    ['ephemeral1', 'sde'],
  ]);
  // EC2 does not tell of disks that are NVMe.
  const [, nvme] = await mapped('c5d.large', []);
  expect(own(await nvme())).toEqual([]);
  await giving.close();
});
