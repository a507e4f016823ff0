import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

const names = async (input: object, region = 'us-east-1') =>
  (await w.call('DescribeAvailabilityZones', input, { region })).AvailabilityZones.map(
    (z: { ZoneName: string }) => z.ZoneName,
  );

describe('DescribeAvailabilityZones', () => {
  it('lists the zones of the region', async () => {
    const { AvailabilityZones } = await w.call('DescribeAvailabilityZones');
    expect(AvailabilityZones).toHaveLength(6);
    expect(AvailabilityZones[0]).toMatchObject({
      ZoneName: 'us-east-1a',
      ZoneId: 'use1-az1',
      State: 'available',
      RegionName: 'us-east-1',
      OptInStatus: 'opt-in-not-required',
      ZoneType: 'availability-zone',
      GroupName: 'us-east-1-zg-1',
      NetworkBorderGroup: 'us-east-1',
      Messages: [],
    });
    expect(await names({}, 'eu-west-1')).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
  });

  it('lists those that are named, by name or by id', async () => {
    expect(await names({ ZoneNames: ['us-east-1b'] })).toEqual(['us-east-1b']);
    expect(await names({ ZoneIds: ['use1-az4'], AllAvailabilityZones: true })).toEqual(['us-east-1c']);
  });

  it.each([
    ['zone-name', 'us-east-1?', 6],
    ['zone-id', 'use1-az1', 1],
    ['state', 'available', 6],
    ['state', 'unavailable', 0],
    ['region-name', 'us-east-1', 6],
    ['region-name', 'eu-west-1', 0],
    ['group-name', 'us-east-1-zg-1', 6],
    ['opt-in-status', 'opt-in-not-required', 6],
    ['zone-type', 'local-zone', 0],
    ['parent-zone-id', '*', 0],
    ['parent-zone-name', '*', 0],
    ['message', '*', 0],
  ])('filters by %s %s', async (Name, value, count) =>
    expect(await names({ Filters: [{ Name, Values: [value] }] })).toHaveLength(count),
  );

  it('refuses unknown names, ids and filters', async () => {
    const refused = (input: object, message: RegExp) =>
      expectRefusal(w.call('DescribeAvailabilityZones', input), 'InvalidParameterValue', message);
    await refused({ ZoneNames: ['us-east-1a', 'eu-west-1a'] }, /Invalid availability zone: \[eu-west-1a\]/);
    await refused({ ZoneIds: ['use9-az9'] }, /Invalid availability zone-id: \[use9-az9\]/);
    await refused({ Filters: [{ Name: 'colour', Values: ['x'] }] }, /colour/);
  });
});
