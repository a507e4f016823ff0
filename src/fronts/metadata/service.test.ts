import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { instanceStore, launched, linux } from '../../cloud/instance/instance.fixture.ts';
import { guest, textOf, walk } from './metadata.fixture.ts';
import { createMetadata, type MetadataService } from './service.ts';
import { versions } from './tree/versions.ts';

let w: TestWorld;
let service: MetadataService;
let full: string;
let plain: string;
const region = 'us-east-1';
/** Gzip's first bytes, a byte that is no UTF-8, and a NUL. */
const userData = Buffer.from([0x1f, 0x8b, 0xff, 0, 10, 13]);
const ask = (id: string) => guest(service, region, id);
const read = async (id: string, path: string): Promise<string> => {
  const reply = await ask(id)(`/latest/meta-data/${path}`);
  expect([path, reply.status]).toEqual([path, 200]);
  return textOf(reply);
};

beforeAll(async () => {
  w = await testWorld();
  service = createMetadata({ world: w.world, clock: w.clock });
  await w.call('CreateKeyPair', { KeyName: 'my key' });
  await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
  [full] = (await launched(w, {
    KeyName: 'my key',
    UserData: userData.toString('base64'),
    Monitoring: { Enabled: true },
    MetadataOptions: { HttpTokens: 'optional', InstanceMetadataTags: 'enabled' },
    BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 1 } }],
    TagSpecifications: [
      {
        ResourceType: 'instance',
        Tags: [
          { Key: 'Name', Value: 'web, ü' },
          { Key: '__proto__', Value: '' },
          { Key: 'a/b', Value: 'not a name' },
          { Key: '..', Value: 'nor this' },
        ],
      },
    ],
  })) as [string];
  [plain] = (await launched(w, { MetadataOptions: { HttpTokens: 'optional' } })) as [string];
});
afterAll(() => w.close());

describe('the tree', () => {
  it('answers 200 to everything that it lists, for either instance, in every version', async () => {
    for (const id of [full, plain]) {
      const roots = textOf(await ask(id)('/')).split('\n');
      expect(roots).toEqual(versions);
      for (const version of roots) {
        const values = await walk(ask(id), `/${version}/meta-data/`);
        expect(values.get(`/${version}/meta-data/instance-id`)).toBe(id);
        expect(values.size).toBeGreaterThan(35);
      }
      expect((await walk(ask(id), '/latest/dynamic/')).size).toBe(5);
    }
  });

  it('is what the rows say', async () => {
    const { Reservations } = await w.call('DescribeInstances', { InstanceIds: [full] });
    const [shown] = Reservations[0].Instances;
    const [nic] = shown.NetworkInterfaces;
    const { Vpcs } = await w.call('DescribeVpcs', { VpcIds: [shown.VpcId] });
    const { Subnets } = await w.call('DescribeSubnets', { SubnetIds: [shown.SubnetId] });
    const macs = `network/interfaces/macs/${nic.MacAddress}`;
    const expected: Record<string, string> = {
      'ami-id': shown.ImageId,
      'ami-launch-index': '0',
      'ami-manifest-path': '(unknown)',
      'block-device-mapping/ami': 'xvda',
      'block-device-mapping/ebs1': 'sdf',
      'block-device-mapping/root': '/dev/xvda',
      'events/maintenance/scheduled': '[]',
      'instance-type': 't3.micro',
      'local-ipv4': shown.PrivateIpAddress,
      'local-hostname': shown.PrivateDnsName,
      mac: nic.MacAddress,
      [`${macs}/device-number`]: '0',
      [`${macs}/interface-id`]: nic.NetworkInterfaceId,
      [`${macs}/ipv4-associations/${shown.PublicIpAddress}`]: shown.PrivateIpAddress,
      [`${macs}/owner-id`]: testAccount,
      [`${macs}/security-group-ids`]: shown.SecurityGroups[0].GroupId,
      [`${macs}/subnet-ipv4-cidr-block`]: Subnets[0].CidrBlock,
      [`${macs}/vpc-id`]: shown.VpcId,
      [`${macs}/vpc-ipv4-cidr-blocks`]: Vpcs[0].CidrBlock,
      'placement/availability-zone': shown.Placement.AvailabilityZone,
      'placement/availability-zone-id': shown.Placement.AvailabilityZoneId,
      'placement/region': region,
      'public-hostname': shown.PublicDnsName,
      'public-ipv4': shown.PublicIpAddress,
      'public-keys': '0=my key',
      'public-keys/0': 'openssh-key',
      'reservation-id': Reservations[0].ReservationId,
      'security-groups': 'default',
      'services/domain': 'amazonaws.com',
    };
    for (const [path, value] of Object.entries(expected)) expect([path, await read(full, path)]).toEqual([path, value]);
    expect(await read(full, 'public-keys/0/openssh-key')).toMatch(/^ssh-rsa [\w+/=]+ my key\n$/);
  });

  it('gives the name of an instance-store image’s manifest', async () => {
    const image = instanceStore(w);
    const [id] = await launched(w, { ImageId: image, InstanceType: 'm3.medium' });
    const { Images } = await w.call('DescribeImages', { ImageIds: [image] });
    expect(await read(id!, 'ami-manifest-path')).toBe(Images[0].ImageLocation);
  });

  it('lists folders with a slash, two levels above without, and never ends with a line break', async () => {
    const listed = async (path: string) => textOf(await ask(full)(path));
    expect(await listed('/latest')).toBe('dynamic\nmeta-data\nuser-data');
    expect(await listed('/latest/')).toBe('dynamic\nmeta-data\nuser-data');
    expect(await listed('/latest/dynamic')).toBe('fws/\ninstance-identity/');
    expect(await listed('//latest//meta-data//placement')).toBe('availability-zone\navailability-zone-id\nregion');
    expect(await listed('/latest/meta-data/placement/region/')).toBe(region);
    expect(await listed('/latest/dynamic/fws/instance-monitoring')).toBe('enabled');
  });

  it('gives user data as it was before it was encoded, and 404 where there is none', async () => {
    const reply = await ask(full)('/latest/user-data');
    expect([...(reply.body as Uint8Array)]).toEqual([...userData]);
    expect(reply.headers).toEqual(['Content-Type', 'application/octet-stream']);
    expect((await ask(plain)('/latest/user-data')).status).toBe(404);
    expect(textOf(await ask(plain)('/latest/'))).toBe('dynamic\nmeta-data');
  });

  it('shows tags only where they are enabled, and only those that can be a name', async () => {
    expect(await read(full, 'tags/instance/')).toBe('Name\n__proto__');
    expect(await read(full, 'tags/instance/Name')).toBe('web, ü');
    expect((await ask(plain)('/latest/meta-data/tags/')).status).toBe(404);
    expect(await read(plain, '')).not.toContain('tags');
  });

  it.each([
    '/2099-01-01/meta-data/instance-id',
    '/latest/meta-data/iam/',
    '/latest/meta-data/iam/security-credentials/',
    '/latest/meta-data/spot/instance-action',
    // EC2 has them only where there is a signal, an ancestor in the manifest, or a disk to swap to.
    '/latest/meta-data/events/recommendations/rebalance',
    '/latest/meta-data/events/recommendations/',
    '/latest/meta-data/ancestor-ami-ids',
    '/latest/meta-data/block-device-mapping/swap',
    '/latest/meta-data/block-device-mapping/ephemeral0',
    '/latest/meta-data/../meta-data/ami-id',
    '/latest/meta-data/%2e%2e/meta-data/ami-id',
    '/latest/meta-data%2Fami-id',
    '/latest/meta-data/ami-id/x',
    '/latest/meta-data/__proto__',
    '/latest/meta-data/constructor',
    '/latest/meta-data/public-keys/1',
    '/latest/api',
  ])('has nothing at %s', async (path) => expect((await ask(full)(path)).status).toBe(404));

  it('lists nothing of what there is not', async () => {
    for (const id of [full, plain]) {
      expect(await read(id, '')).not.toMatch(/ancestor-ami-ids|spot|iam/);
      expect(await read(id, 'events/')).toBe('maintenance/');
      expect(await read(id, 'block-device-mapping/')).not.toMatch(/ephemeral|swap/);
    }
  });

  it('is the same for HEAD; other methods are refused, and so is what cannot be read', async () => {
    expect(await ask(full)('/latest/meta-data/ami-id', { method: 'HEAD' })).toMatchObject({ status: 200 });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])
      expect(await ask(full)('/latest/meta-data/', { method })).toMatchObject({ status: 405 });
    expect((await ask(full)('/latest/%zz')).status).toBe(400);
  });
});

describe('who may read', () => {
  const put = (id: string, more: object = {}) =>
    ask(id)('/latest/api/token', { method: 'PUT', seconds: '21600', ...more });

  it('has a token where one is required', async () => {
    const [strict] = await launched(w, { MetadataOptions: { HttpTokens: 'required' } });
    const path = '/latest/meta-data/instance-id';
    expect((await ask(strict!)(path)).status).toBe(401);
    expect((await ask(strict!)('/')).status).toBe(401);
    const { headers, ...reply } = await put(strict!, { seconds: '2' });
    expect(headers).toEqual(['Content-Type', 'text/plain', 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds', '2']);
    const token = textOf({ ...reply, headers });
    expect(textOf(await ask(strict!)(path, { token }))).toBe(strict);
    expect(textOf(await ask(strict!)(path, { token }))).toBe(strict);
    const another = createMetadata({ world: w.world, clock: w.clock });
    expect((await guest(another, region, strict!)(path, { token })).status).toBe(200);
    // Another instance's, also where none is needed; one that is over; one that nobody issued.
    expect((await ask(full)(path, { token })).status).toBe(401);
    for (const wrong of [
      '',
      'x',
      token.slice(1),
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      'A'.repeat(64),
    ])
      expect((await ask(strict!)(path, { token: wrong })).status).toBe(401);
    await w.clock.advance(2_000);
    expect((await ask(strict!)(path, { token })).status).toBe(401);
  });

  it('asks for the token properly', async () => {
    for (const seconds of [undefined, '', '0', '21601', '-1', '1.5', '1e3', 'x', '99999999999', '60, 60'])
      expect([seconds, (await put(full, { seconds })).status]).toEqual([seconds, 400]);
    expect((await put(full, { seconds: '1' })).status).toBe(200);
    expect((await put(full, { forwarded: true })).status).toBe(403);
    expect((await ask(full)('/latest/meta-data/ami-id', { forwarded: true })).status).toBe(200);
    for (const method of ['GET', 'HEAD', 'POST'])
      expect(await put(full, { method })).toMatchObject({
        status: 405,
        headers: expect.arrayContaining(['Allow', 'PUT']),
      });
  });

  it('is no instance whose metadata is off, nor one that is gone', async () => {
    const [off] = await launched(w, { MetadataOptions: { HttpEndpoint: 'disabled' } });
    expect((await ask(off!)('/latest/meta-data/')).status).toBe(403);
    expect((await put(off!)).status).toBe(403);
    await w.call('TerminateInstances', { InstanceIds: [off] });
    expect((await service.find(region, off!))?.state).toBe('shutting-down');
    await w.settle();
    expect(await service.find(region, off!)).toBeUndefined();
    expect(await service.find('eu-west-1', full)).toBeUndefined();
  });

  it('asks less than so often', async () => {
    const slow = createMetadata({ world: w.world, clock: w.clock, rate: { perSecond: 2, burst: 3 } });
    const statuses = async () => {
      const replies = [1, 2, 3, 4].map(() => guest(slow, region, full)('/latest/meta-data/ami-id'));
      return (await Promise.all(replies)).map(({ status }) => status);
    };
    expect(await statuses()).toEqual([200, 200, 200, 503]);
    expect((await guest(slow, region, plain)('/')).status).toBe(200);
    await w.clock.advance(1_000);
    expect(await statuses()).toEqual([200, 200, 503, 503]);
  });
});

it('names the image that was launched', async () => expect(await read(full, 'ami-id')).toBe(linux(w)));
