import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, type Output, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { typeFilters } from '../typeFilters.ts';

let w: TestWorld;
beforeAll(async () => {
  w = await testWorld();
});
afterAll(() => w.close());

const all = async (input: object = {}): Promise<string[]> => {
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const out: Output = await w.call('DescribeInstanceTypes', { ...input, NextToken });
    names.push(...out.InstanceTypes.map((t: Output) => t.InstanceType));
    NextToken = out.NextToken;
  } while (NextToken !== undefined);
  return names;
};
const by = (Name: string, ...Values: string[]) => all({ Filters: [{ Name, Values }] });

describe('DescribeInstanceTypes', () => {
  it('lists the whole catalogue, 100 a page', async () => {
    const names = await all();
    expect(names).toEqual(w.driver.catalogue.instanceTypeNames('us-east-1', '000000000000'));
    expect(await all({ MaxResults: 77 })).toEqual(names);
    const { InstanceTypes, NextToken } = await w.call('DescribeInstanceTypes', {});
    expect(InstanceTypes).toHaveLength(100);
    expect(NextToken).toBeDefined();
  });

  it('finds by name and by nested members', async () => {
    const { InstanceTypes } = await w.call('DescribeInstanceTypes', { InstanceTypes: ['t3.micro', 'm5.large'] });
    expect(InstanceTypes).toMatchObject([
      { InstanceType: 't3.micro', VCpuInfo: { DefaultVCpus: 2 } },
      { InstanceType: 'm5.large' },
    ]);
    expect(await by('instance-type', 't3.*')).toContain('t3.micro');
    expect(await by('processor-info.supported-architecture', 'arm64')).toContain('t4g.micro');
    expect(await by('memory-info.size-in-mib', '1024')).toContain('t3.micro');
    const small = {
      Filters: [
        { Name: 'vcpu-info.default-vcpus', Values: ['2'] },
        { Name: 'instance-storage-info.disk.type', Values: ['ssd'] },
      ],
    };
    expect(await all(small)).toContain('m5d.large');
  });

  it('every filter finds a type by what the type shows', () => {
    const infos = w.driver.catalogue
      .instanceTypeNames('us-east-1', '000000000000')
      .map((name) => w.driver.catalogue.instanceType(name, '000000000000')!);
    const silent = Object.entries(typeFilters)
      .filter(([, { of }]) => !infos.some((info) => [of(info)].flat().some((v) => v !== undefined && v !== null)))
      .map(([name]) => name);
    // The catalogue states these of no type.
    expect(silent).toEqual([
      'network-info.bandwidth-weightings',
      'network-info.flexible-ena-queues-support',
      'processor-info.supported-features',
    ]);
  });

  it('refuses', async () => {
    await expectRefusal(all({ InstanceTypes: ['z9.huge', 't3.micro'] }), 'InvalidInstanceType', /\[z9\.huge\]/);
    await expectRefusal(all({ MaxResults: 101 }), 'InvalidParameterValue', /maxResults/);
    await expectRefusal(by('colour', 'red'), 'InvalidParameterValue', /colour/);
    await expectRefusal(w.call('DescribeInstanceTypes', { NextToken: 'x' }), 'InvalidParameterValue', /nextToken/i);
    await expectRefusal(w.call('DescribeInstanceTypes', { DryRun: true }), 'DryRunOperation');
  });
});
