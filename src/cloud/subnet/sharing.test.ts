import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloudNetworks } from '../../../test/support/cloudNetworks.ts';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';

let w: TestWorld;
beforeEach(async () => {
  const limits = { pool: 3, groups: 10, rulesPerGroup: 10 };
  w = await testWorld({
    regions: ['us-east-1'],
    wrap: (driver, shelf) => ({ ...driver, networks: createCloudNetworks(shelf, limits) }),
  });
});
afterEach(() => w.close());

async function launch(zone: string, more: object = {}, count = 1): Promise<readonly string[]> {
  const Filters = [{ Name: 'name', Values: ['al2023-ami-2023*x86_64'] }];
  const { Images } = await w.call('DescribeImages', { Owners: ['amazon'], Filters });
  const input = { ImageId: Images[0].ImageId, InstanceType: 't3.micro', MinCount: count, MaxCount: count, ...more };
  const { Instances } = await w.call('RunInstances', { ...input, Placement: { AvailabilityZone: zone } });
  return Instances.map((one: { PrivateIpAddress: string }) => one.PrivateIpAddress);
}

describe('a network of the cloud that is a subnet in each zone', () => {
  it('gives each address once, to launches at the same time in all zones', async () => {
    const zones = ['us-east-1a', 'us-east-1b', 'us-east-1a', 'us-east-1b', 'us-east-1b'];
    const given = await Promise.all(zones.map((zone) => launch(zone, {}, 3)));
    expect(new Set(given.flat()).size).toBe(15);
  });

  it('gives none by its name that a machine in another zone has', async () => {
    const [ip] = await launch('us-east-1a');
    await expectRefusal(launch('us-east-1b', { PrivateIpAddress: ip }), 'InvalidIPAddress.InUse');
  });
});
