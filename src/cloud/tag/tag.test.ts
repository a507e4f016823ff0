import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../test/support/world.ts';

const other = { account: otherAccount };
let w: TestWorld;
let vpcId: string;
let groupId: string;
let ruleId: string;
beforeEach(async () => {
  w = await testWorld();
  vpcId = (await w.call('DescribeVpcs')).Vpcs[0].VpcId;
  groupId = (await w.call('CreateSecurityGroup', { GroupName: 'web', Description: 'x' })).GroupId;
  const permission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
  const { SecurityGroupRules } = await w.call('AuthorizeSecurityGroupIngress', {
    GroupId: groupId,
    IpPermissions: [permission],
  });
  ruleId = SecurityGroupRules[0].SecurityGroupRuleId;
});
afterEach(() => w.close());

const put = (Resources: readonly string[], tags: Record<string, string>, options = {}) =>
  w.call('CreateTags', { Resources, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }, options);
const listed = async (...filters: readonly (readonly [string, ...string[]])[]) =>
  (await w.call('DescribeTags', { Filters: filters.map(([Name, ...Values]) => ({ Name, Values })) })).Tags;
const brief = async (...filters: readonly (readonly [string, ...string[]])[]) =>
  (await listed(...filters)).map(
    (t: { ResourceType: string; Key: string; Value: string }) => `${t.ResourceType} ${t.Key}=${t.Value}`,
  );

describe('CreateTags', () => {
  it('tags resources of all kinds at once', async () => {
    const volume = (await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 })).VolumeId;
    const address = (await w.call('AllocateAddress')).AllocationId;
    const key = (await w.call('CreateKeyPair', { KeyName: 'k', KeyType: 'ed25519' })).KeyPairId;
    const subnet = (await w.call('DescribeSubnets')).Subnets[0].SubnetId;
    expect(await put([volume, address, key, subnet, vpcId, groupId, ruleId], { a: '1' })).toEqual({});
    expect((await brief()).sort()).toEqual(
      ['elastic-ip', 'key-pair', 'security-group', 'security-group-rule', 'subnet', 'volume', 'vpc'].map(
        (type) => `${type} a=1`,
      ),
    );
    const tagged = { Filters: [{ Name: 'tag:a', Values: ['1'] }] };
    expect((await w.call('DescribeVolumes', tagged)).Volumes[0].Tags).toEqual([{ Key: 'a', Value: '1' }]);
    expect((await w.call('DescribeAddresses', tagged)).Addresses).toHaveLength(1);
    await w.settle();
  });

  it('instances are found by the tags of their interfaces', async () => {
    const { Images } = await w.call('DescribeImages', { Filters: [{ Name: 'name', Values: ['al2023-ami-2*x86_64'] }] });
    const { Instances } = await w.call('RunInstances', {
      ...{ ImageId: Images[0].ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 },
    });
    await w.settle();
    const found = async (key: string) => {
      const Filters = [{ Name: 'network-interface.tag-key', Values: [key] }];
      return (await w.call('DescribeInstances', { Filters })).Reservations.length;
    };
    const eni = Instances[0].NetworkInterfaces[0].NetworkInterfaceId;
    await put([eni], { net: 'a', old: 'b' });
    expect([await found('net'), await found('old')]).toEqual([1, 1]);
    await w.call('DeleteTags', { Resources: [eni], Tags: [{ Key: 'old' }] });
    expect([await found('net'), await found('old')]).toEqual([1, 0]);
  });

  it('changes a value and keeps the other tags', async () => {
    await put([vpcId, vpcId], { a: '1', b: '2' });
    await put([vpcId], { a: '3' });
    expect(await brief()).toEqual(['vpc a=3', 'vpc b=2']);
  });

  it('gives an absent value as an empty one', async () => {
    await w.call('CreateTags', { Resources: [vpcId], Tags: [{ Key: 'a' }] });
    expect(await brief()).toEqual(['vpc a=']);
  });

  it('refuses, and then nothing is tagged', async () => {
    const theirs = (await w.call('DescribeVpcs', {}, other)).Vpcs[0].VpcId;
    const refused = async (ids: readonly string[], code: Parameters<typeof expectRefusal>[1], message: RegExp) => {
      await expectRefusal(put([groupId, ...ids], { a: '1' }), code, message);
      expect(await listed()).toEqual([]);
    };
    await refused(['x-123'], 'InvalidID', /The ID 'x-123' is not valid/);
    await refused(['vpc-123'], 'InvalidVpcID.Malformed', /vpc-123/);
    await refused([theirs], 'InvalidVpcID.NotFound', new RegExp(theirs));
    await refused(['vol-00000000'], 'InvalidVolume.NotFound', /vol-00000000/);
    await refused(['i-00000000'], 'InvalidInstanceID.NotFound', /i-00000000/);
    await refused(['ami-00000000'], 'InvalidAMIID.NotFound', /ami-00000000/);
    await refused(['sgr-00000000'], 'InvalidSecurityGroupRuleId.NotFound', /sgr-00000000/);
    await refused(['sgr-x'], 'InvalidSecurityGroupRuleId.Malformed', /sgr-x/);
    await refused(Array(1000).fill(groupId), 'InvalidParameterValue', /ResourceId/);
    await expectRefusal(put([ruleId], { a: '1' }, other), 'InvalidSecurityGroupRuleId.NotFound');
  });

  it('refuses missing and bad tags', async () => {
    const refused = (input: object, code: Parameters<typeof expectRefusal>[1], message: RegExp) =>
      expectRefusal(w.call('CreateTags', input), code, message);
    await refused({ Tags: [{ Key: 'a' }] }, 'MissingParameter', /ResourceId/);
    await refused({ Resources: [vpcId] }, 'MissingParameter', /Tag/);
    await refused({ Resources: [vpcId], Tags: [{ Key: '' }] }, 'InvalidParameterValue', /Tag.1.Key/);
    await refused({ Resources: [vpcId], Tags: [{ Key: 'aws:x' }] }, 'InvalidParameterValue', /aws:/);
    await refused({ Resources: [vpcId], Tags: [{ Key: 'a', Value: 'x'.repeat(257) }] }, 'InvalidParameterValue', /256/);
    await refused({ Resources: [vpcId], Tags: [{ Key: 'a' }, { Key: 'a' }] }, 'InvalidParameterValue', /Duplicate/);
    await refused({ Resources: [vpcId], Tags: [{ Key: 'a' }], DryRun: true }, 'DryRunOperation', /./);
    await put([vpcId], Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, ''])));
    await expectRefusal(put([vpcId], { more: '' }), 'TagLimitExceeded');
    await put([vpcId], { k1: 'changed' });
  });
});

describe('DeleteTags', () => {
  const remove = (input: object) => w.call('DeleteTags', { Resources: [vpcId, ruleId], ...input });
  beforeEach(() => put([vpcId, ruleId], { a: '1', b: '', c: '3' }));

  it.each([
    [[{ Key: 'a' }], ['b=', 'c=3']],
    [[{ Key: 'a', Value: '1' }], ['b=', 'c=3']],
    [[{ Key: 'a', Value: '2' }], ['a=1', 'b=', 'c=3']],
    [
      [
        { Key: 'a', Value: '' },
        { Key: 'b', Value: '' },
      ],
      ['a=1', 'c=3'],
    ],
    [[{ Key: 'nope' }], ['a=1', 'b=', 'c=3']],
    [undefined, []],
  ])('%j leaves %j', async (Tags, left) => {
    expect(await remove({ Tags })).toEqual({});
    expect(await brief(['resource-type', 'vpc'])).toEqual(left.map((tag) => `vpc ${tag}`));
    expect(await brief(['resource-type', 'security-group-rule'])).toEqual(
      left.map((tag) => `security-group-rule ${tag}`),
    );
  });

  it('refuses bad requests', async () => {
    await expectRefusal(remove({ Resources: undefined }), 'MissingParameter', /ResourceId/);
    await expectRefusal(remove({ Resources: ['nope'] }), 'InvalidID', /nope/);
    await expectRefusal(remove({ Tags: [{ Value: 'x' }] }), 'InvalidParameterValue', /Tag.1.Key/);
    await expectRefusal(remove({ Tags: [{ Key: 'aws:x' }] }), 'InvalidParameterValue', /aws:/);
    await expectRefusal(remove({ DryRun: true }), 'DryRunOperation');
    expect(await listed()).toHaveLength(6);
  });
});

describe('DescribeTags', () => {
  beforeEach(async () => {
    await put([vpcId], { a: '1', b: '2' });
    await put([groupId, ruleId], { a: '3', 'tag-key': 'odd' });
  });

  it('lists every tag with its resource', async () => {
    expect(await listed(['resource-id', vpcId])).toEqual([
      { ResourceId: vpcId, ResourceType: 'vpc', Key: 'a', Value: '1' },
      { ResourceId: vpcId, ResourceType: 'vpc', Key: 'b', Value: '2' },
    ]);
    expect(await listed()).toHaveLength(6);
    expect((await w.call('DescribeTags', {}, other)).Tags).toEqual([]);
  });

  it.each([
    [[['key', 'a']], ['vpc a=1', 'security-group a=3', 'security-group-rule a=3']],
    [[['key', 'a', 'b']], ['vpc a=1', 'vpc b=2', 'security-group a=3', 'security-group-rule a=3']],
    [[['key', 'tag-*']], ['security-group tag-key=odd', 'security-group-rule tag-key=odd']],
    [[['value', '3']], ['security-group a=3', 'security-group-rule a=3']],
    [[['value', '?']], ['vpc a=1', 'vpc b=2', 'security-group a=3', 'security-group-rule a=3']],
    [[['resource-type', 'vpc']], ['vpc a=1', 'vpc b=2']],
    [
      [
        ['resource-type', 'security-group*'],
        ['key', 'a'],
      ],
      ['security-group a=3', 'security-group-rule a=3'],
    ],
    [[['tag:a', '3']], ['security-group a=3', 'security-group-rule a=3']],
    [
      [
        ['tag:a', '*'],
        ['resource-type', 'vpc'],
      ],
      ['vpc a=1'],
    ],
    [
      [
        ['tag:a', '3'],
        ['key', 'b'],
      ],
      [],
    ],
  ] as const)('filters by %j', async (filters, expected) => expect(await brief(...filters)).toEqual(expected));

  it('pages, and every tag comes once', async () => {
    const seen: string[] = [];
    let NextToken: string | undefined;
    let pages = 0;
    do {
      const page = await w.call('DescribeTags', { MaxResults: 5, NextToken });
      seen.push(...page.Tags.map((t: { ResourceId: string; Key: string }) => `${t.ResourceId} ${t.Key}`));
      NextToken = page.NextToken;
      pages++;
    } while (NextToken !== undefined);
    expect([pages, seen.length, new Set(seen).size]).toEqual([2, 6, 6]);
  });

  it('refuses bad filters, pages and tokens', async () => {
    const refused = (input: object, message: RegExp) =>
      expectRefusal(w.call('DescribeTags', input), 'InvalidParameterValue', message);
    await refused({ Filters: [{ Name: 'colour', Values: ['x'] }] }, /colour/);
    await refused({ Filters: [{ Name: 'key' }] }, /key/);
    await refused({ MaxResults: 4 }, /between 5 and 1000/);
    await refused({ MaxResults: 1001 }, /between 5 and 1000/);
    await refused({ NextToken: 'nonsense' }, /nextToken/);
    const { NextToken } = await w.call('DescribeTags', { MaxResults: 5 });
    await expectRefusal(w.call('DescribeTags', { NextToken }, other), 'InvalidParameterValue', /nextToken/);
  });
});
