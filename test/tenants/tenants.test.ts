import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions } from '../../src/cloud/registry.ts';
import { Refusal } from '../../src/kernel/errors.ts';
import { otherAccount, type TestWorld, testAccount, testWorld } from '../support/world.ts';
import { hidden, nobodys } from './nobody.ts';
import { type Ids, type Own, targets } from './targets.ts';

type ActionName = keyof typeof actions;

let w: TestWorld;
let a: Ids;
let b: Own;
/** The image that both launch. */
let launched: string;
const asA = { account: testAccount };
const asB = { account: otherAccount };

beforeAll(async () => {
  w = await testWorld();
  const filters = [
    { Name: 'name', Values: ['al2023-ami-2*'] },
    { Name: 'architecture', Values: ['x86_64'] },
  ];
  launched = (await w.call('DescribeImages', { Owners: ['amazon'], Filters: filters })).Images[0].ImageId;
  const { zone: _, ...ofA } = await oneOfEverything(testAccount, 'private-of-a');
  a = ofA;
  b = await oneOfEverything(otherAccount, 'private-of-b');
});
afterAll(() => w.close());

async function oneOfEverything(account: string, name: string): Promise<Own> {
  const as = { account };
  const tags = (ResourceType: string) => [{ ResourceType, Tags: [{ Key: 'owner', Value: name }] }];
  const key = await w.call('CreateKeyPair', { KeyName: name, TagSpecifications: tags('key-pair') }, as);
  const { GroupId: group } = await w.call(
    'CreateSecurityGroup',
    { GroupName: name, Description: 'x', TagSpecifications: tags('security-group') },
    as,
  );
  const rules = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.1.0.0/16' }] }];
  const rule = await w.call('AuthorizeSecurityGroupIngress', { GroupId: group, IpPermissions: rules }, as);
  const egress = await w.call('AuthorizeSecurityGroupEgress', { GroupId: group, IpPermissions: rules }, as);
  const run = {
    ImageId: launched,
    MinCount: 1,
    MaxCount: 1,
    InstanceType: 't3.micro',
    KeyName: name,
    SecurityGroupIds: [group],
    UserData: 'c2VjcmV0',
  };
  const { Instances } = await w.call('RunInstances', { ...run, TagSpecifications: tags('instance') }, as);
  const instance = Instances[0].InstanceId;
  const AvailabilityZone = Instances[0].Placement.AvailabilityZone;
  const volumes = await Promise.all(
    [1, 2].map((Size) => w.call('CreateVolume', { AvailabilityZone, Size, TagSpecifications: tags('volume') }, as)),
  );
  const [volume, attached] = volumes.map((v) => v.VolumeId);
  await w.settle();
  await w.call('AttachVolume', { VolumeId: attached, InstanceId: instance, Device: '/dev/sdh' }, as);
  const { SnapshotId: snapshot } = await w.call(
    'CreateSnapshot',
    { VolumeId: volume, TagSpecifications: tags('snapshot') },
    as,
  );
  const address = await w.call('AllocateAddress', {}, as);
  const { AssociationId: association } = await w.call(
    'AssociateAddress',
    { AllocationId: address.AllocationId, InstanceId: instance },
    as,
  );
  await w.settle();
  const { ImageId: image } = await w.call('CreateImage', { InstanceId: instance, Name: name, NoReboot: true }, as);
  await w.settle();
  const [shown] = (await w.call('DescribeInstances', { InstanceIds: [instance] }, as)).Reservations[0].Instances;
  return {
    ...{ instance, volume, attached, snapshot, image, association, group },
    allocation: address.AllocationId,
    publicIp: address.PublicIp,
    rule: rule.SecurityGroupRules[0].SecurityGroupRuleId,
    egressRule: egress.SecurityGroupRules[0].SecurityGroupRuleId,
    subnet: shown.SubnetId,
    vpc: shown.VpcId,
    interface: shown.NetworkInterfaces[0].NetworkInterfaceId,
    groupName: name,
    keyName: name,
    keyId: key.KeyPairId,
    zone: AvailabilityZone,
  };
}

/** Everything that A has, as A sees it, and its quotas as far as they can be seen. */
const describes = [
  'Instances',
  'Volumes',
  'Snapshots',
  'Images',
  'Addresses',
  'SecurityGroups',
  'Subnets',
  'Vpcs',
  'KeyPairs',
  'Tags',
] as const;
const own: Readonly<Record<string, object>> = { Snapshots: { OwnerIds: ['self'] }, Images: { Owners: ['self'] } };
const seenBy = async (as: typeof asA): Promise<string> =>
  JSON.stringify(
    await Promise.all(describes.map((what) => w.call(`Describe${what}` as ActionName, own[what] ?? {}, as))),
  );

async function refusalOf(action: string, input: object): Promise<Pick<Refusal, 'code' | 'message'>> {
  const refusal = await w.call(action as ActionName, input, asB).then(
    (answer) => expect.fail(`${action} ${JSON.stringify(input)} answered ${JSON.stringify(answer).slice(0, 300)}`),
    (error: unknown) => error,
  );
  if (!(refusal instanceof Refusal)) throw refusal;
  return { code: refusal.code, message: refusal.message };
}

it('the table has a row for every action', () => {
  expect(Object.keys(actions).filter((name) => !(name in targets))).toEqual([]);
});

describe('B is told of A’s things what it is told of things that do not exist', () => {
  const attempts = Object.entries(targets).flatMap(([action, target]) =>
    action in actions && 'length' in target ? target.map((attempt) => [action, attempt.how, attempt] as const) : [],
  );

  it.each(attempts)('%s by %s', async (action, _, { input }) => {
    const before = [await seenBy(asA), await seenBy(asB)];
    const strange = nobodys(a);
    const real = await refusalOf(action, input(a, b));
    const none = await refusalOf(action, input(strange, b));
    expect({ code: real.code, message: hidden(real.message, a) }).toEqual({
      code: none.code,
      message: hidden(none.message, strange),
    });
    expect(real.code).toMatch(/NotFound|AuthFailure|Unknown/);
    await w.settle();
    expect([await seenBy(asA), await seenBy(asB)]).toEqual(before);
  });
});

describe('B does not see A’s private things', () => {
  it.each(describes)('in Describe%s, whatever it asks for', async (what) => {
    const action = `Describe${what}` as ActionName;
    const ofA = Object.values(a);
    const questions = [
      {},
      ...['tag:owner', 'tag-key', 'owner-id', 'key'].map((Name) => ({ Filters: [{ Name, Values: ['*'] }] })),
    ];
    for (const question of questions) {
      const answer = await w.call(action, question, asB).catch((error: unknown) => {
        if (error instanceof Refusal) return error.message;
        throw error;
      });
      const text = JSON.stringify(answer);
      expect(ofA.filter((id) => text.includes(`"${id}"`))).toEqual([]);
      expect(text).not.toContain('private-of-a');
    }
    expect(await seenBy(asA)).toContain('private-of-a');
  });

  it('and deletes none of its keys by their name or id', async () => {
    const before = await seenBy(asA);
    await w.call('DeleteKeyPair', { KeyName: a.keyName }, asB);
    const outcome = (input: object) =>
      w.call('DeleteKeyPair', input, asB).then(
        (x) => Object.keys(x),
        (error: Refusal) => error.code,
      );
    expect(await outcome({ KeyPairId: a.keyId })).toEqual(await outcome({ KeyPairId: nobodys(a).keyId }));
    expect(await seenBy(asA)).toBe(before);
  });
});

describe('what is shared', () => {
  it('is what A shared, with whom it shared it, and can still not be changed', async () => {
    await w.call(
      'ModifyImageAttribute',
      { ImageId: a.image, LaunchPermission: { Add: [{ UserId: otherAccount }] } },
      asA,
    );
    expect((await w.call('DescribeImages', { ImageIds: [a.image] }, asB)).Images).toMatchObject([
      { OwnerId: testAccount },
    ]);
    for (const [action, input] of [
      ['DeregisterImage', { ImageId: a.image }],
      ['ModifyImageAttribute', { ImageId: a.image, LaunchPermission: { Add: [{ Group: 'all' }] } }],
      ['ResetImageAttribute', { ImageId: a.image, Attribute: 'launchPermission' }],
    ] as const) {
      expect((await refusalOf(action, input)).code).toMatch(
        /AuthFailure|NotFound|OperationNotPermitted|UnsupportedOperation/,
      );
    }
    const third = { account: '777788889999' };
    await expect(w.call('DescribeImages', { ImageIds: [a.image] }, third)).rejects.toMatchObject({
      code: 'InvalidAMIID.NotFound',
    });
    // Tags are the owner's own: they are not shared with the thing.
    await w.call('CreateTags', { Resources: [a.image], Tags: [{ Key: 'owner', Value: 'private-of-a' }] }, asA);
    expect(JSON.stringify((await w.call('DescribeTags', {}, asB)).Tags)).not.toContain('private-of-a');
    // B's tags on it are B's own, and A's are not shown with it.
    await w.call('CreateTags', { Resources: [a.image], Tags: [{ Key: 'x', Value: 'private-of-b' }] }, asB);
    const seenBy = async (as: { account: string }) =>
      JSON.stringify((await w.call('DescribeImages', { ImageIds: [a.image] }, as)).Images[0].Tags);
    expect(await seenBy(asA)).not.toContain('private-of-b');
    expect(await seenBy(asB)).not.toContain('private-of-a');
    expect(await seenBy(asB)).toContain('private-of-b');
    await w.call('ResetImageAttribute', { ImageId: a.image, Attribute: 'launchPermission' }, asA);
    expect((await refusalOf('DescribeImages', { ImageIds: [a.image] })).code).toBe('InvalidAMIID.NotFound');
  });
});

describe('tokens of A', () => {
  it('open no page for B, nor for A elsewhere', async () => {
    for (let i = 0; i < 6; i++) await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 }, asA);
    const { NextToken } = await w.call('DescribeVolumes', { MaxResults: 5 }, asA);
    expect(NextToken).toBeTypeOf('string');
    expect((await refusalOf('DescribeVolumes', { MaxResults: 5, NextToken })).code).toBe('InvalidParameterValue');
    const elsewhere = w.call('DescribeVolumes', { MaxResults: 5, NextToken }, { ...asA, region: 'eu-west-1' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    expect((await w.call('DescribeVolumes', { MaxResults: 5, NextToken }, asA)).Volumes.length).toBeGreaterThan(0);
  });

  it('make no request of B a repetition', async () => {
    const input = { AvailabilityZone: 'us-east-1a', Size: 3, ClientToken: 'the-same' };
    const ofA = await w.call('CreateVolume', input, asA);
    const ofB = await w.call('CreateVolume', input, asB);
    expect(ofB.VolumeId).not.toBe(ofA.VolumeId);
    expect((await w.call('CreateVolume', input, asA)).VolumeId).toBe(ofA.VolumeId);
    await expect(w.call('CreateVolume', { ...input, Size: 4 }, asB)).rejects.toMatchObject({
      code: 'IdempotentParameterMismatch',
    });
  });
});
