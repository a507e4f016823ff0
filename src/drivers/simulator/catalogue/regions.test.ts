import { describe, expect, test } from 'vitest';
import { catalogueRegion, catalogueRegions } from './regions.ts';

const zonesOf = (region: string): readonly string[] => (catalogueRegion(region)?.zones ?? []).map((zone) => zone.name);

describe('regions', () => {
  test('are the open ones of the partition aws, in order', () => {
    const names = catalogueRegions().map((region) => region.name);
    expect(names).toHaveLength(34);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names.filter((name) => /^cn-|^us-gov-/.test(name))).toEqual([]);
    expect(catalogueRegion('mars-north-1')).toBeUndefined();
  });

  test('say where EC2 listens on AWS and whether one must opt in', () => {
    expect(catalogueRegion('us-east-1')).toMatchObject({
      endpoint: 'ec2.us-east-1.amazonaws.com',
      optInStatus: 'opt-in-not-required',
    });
    expect(catalogueRegion('af-south-1')?.optInStatus).toBe('opted-in');
    expect(catalogueRegions().filter((region) => region.optInStatus === 'opt-in-not-required')).toHaveLength(17);
  });

  test('have the zones that a new account sees', () => {
    expect(zonesOf('us-east-1').join(' ')).toBe('us-east-1a us-east-1b us-east-1c us-east-1d us-east-1e us-east-1f');
    expect(zonesOf('us-west-1')).toEqual(['us-west-1a', 'us-west-1c']);
    expect(zonesOf('us-west-2')).toHaveLength(4);
    expect(zonesOf('eu-west-1')).toHaveLength(3);
    expect(zonesOf('ap-northeast-1')).toEqual(['ap-northeast-1a', 'ap-northeast-1c', 'ap-northeast-1d']);
    expect(zonesOf('ca-central-1')).toEqual(['ca-central-1a', 'ca-central-1b', 'ca-central-1d']);
    expect(catalogueRegions().every((region) => region.zones.length >= 2)).toBe(true);
  });

  test('describe a zone as AWS does', () => {
    expect(catalogueRegion('us-east-2')?.zones[0]).toEqual({
      name: 'us-east-2a',
      id: 'use2-az1',
      region: 'us-east-2',
      type: 'availability-zone',
      groupName: 'us-east-2-zg-1',
      groupLongName: 'US East (Ohio) 1',
      networkBorderGroup: 'us-east-2',
      optInStatus: 'opt-in-not-required',
      geography: 'United States of America',
      subGeography: 'Ohio',
    });
  });

  test('give every zone a name and an id of its own', () => {
    const zones = catalogueRegions().flatMap((region) => region.zones);
    expect(new Set(zones.map((zone) => zone.id)).size).toBe(zones.length);
    expect(new Set(zones.map((zone) => zone.name)).size).toBe(zones.length);
    for (const zone of zones) expect(zone.id).toMatch(/^[a-z]{2,4}\d-az[1-6]$/);
  });
});
