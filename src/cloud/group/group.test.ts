import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { reading } from '../context/reading.ts';
import { write } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import { defaultGroup, groupsById, groupsByName } from './lookup.ts';

const scope = { account: testAccount, region: 'us-east-1' };
const other = { account: otherAccount };
let w: TestWorld;
let vpcId: string;
beforeEach(async () => {
  w = await testWorld();
  vpcId = (await w.call('DescribeVpcs')).Vpcs[0].VpcId;
});
afterEach(() => w.close());

const create = async (GroupName: string, rest: object = {}): Promise<string> =>
  (await w.call('CreateSecurityGroup', { GroupName, Description: 'for tests', ...rest })).GroupId;
const listed = async (input: object = {}, options = {}) =>
  (await w.call('DescribeSecurityGroups', input, options)).SecurityGroups;

describe('CreateSecurityGroup', () => {
  it('makes a group in the default VPC that lets everything out', async () => {
    const out = await w.call('CreateSecurityGroup', {
      GroupName: 'web ',
      Description: 'for the web',
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    expect(out).toEqual({
      GroupId: expect.stringMatching(/^sg-[0-9a-f]{17}$/),
      SecurityGroupArn: `arn:aws:ec2:us-east-1:${testAccount}:security-group/${out.GroupId}`,
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(await listed({ GroupNames: ['web'] })).toEqual([
      {
        GroupId: out.GroupId,
        SecurityGroupArn: out.SecurityGroupArn,
        OwnerId: testAccount,
        GroupName: 'web',
        Description: 'for the web',
        VpcId: vpcId,
        IpPermissions: [],
        IpPermissionsEgress: [
          {
            IpProtocol: '-1',
            IpRanges: [{ CidrIp: '0.0.0.0/0' }],
            Ipv6Ranges: [],
            PrefixListIds: [],
            UserIdGroupPairs: [],
          },
        ],
        Tags: [{ Key: 'a', Value: 'b' }],
      },
    ]);
  });

  it.each([
    [{ GroupName: undefined }, 'MissingParameter', /GroupName/],
    [{ GroupName: '' }, 'MissingParameter', /GroupName/],
    [{ Description: undefined }, 'MissingParameter', /GroupDescription/],
    [{ GroupName: 'sg-1' }, 'InvalidParameterValue', /sg-\*/],
    [{ GroupName: 'default' }, 'InvalidParameterValue', /Cannot use reserved security group name: default/],
    [{ GroupName: 'a'.repeat(256) }, 'InvalidParameterValue', /name/],
    [{ GroupName: 'büro' }, 'InvalidParameterValue', /name/],
    [{ Description: 'büro' }, 'InvalidParameterValue', /GroupDescription.*ASCII/],
    [{ Description: 'a'.repeat(256) }, 'InvalidParameterValue', /description/],
    [{ Description: "it's" }, 'InvalidParameterValue', /description/],
    [{ VpcId: 'vpc-00000000' }, 'InvalidVpcID.NotFound', /vpc-00000000/],
    [{ VpcId: 'x' }, 'InvalidVpcID.Malformed', /x/],
    [{ TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a' }] }] }, 'InvalidParameterValue', /volume/],
    [{ DryRun: true }, 'DryRunOperation', /./],
  ] as const)('refuses %j', async (input, code, message) => {
    await expectRefusal(w.call('CreateSecurityGroup', { GroupName: 'a', Description: 'b', ...input }), code, message);
    expect(await listed()).toHaveLength(1);
  });

  it('refuses a second group of one name, and more than the quota', async () => {
    await create('web', { VpcId: '' });
    await expectRefusal(create('web'), 'InvalidGroup.Duplicate', new RegExp(`'web' already exists for VPC '${vpcId}'`));
    await w.close();
    w = await testWorld({ quotas: { 'security-groups': 1 } });
    const first = await create('one');
    await expectRefusal(create('two'), 'SecurityGroupLimitExceeded');
    await w.call('DeleteSecurityGroup', { GroupId: first });
    await create('two');
  });
});

describe('DeleteSecurityGroup', () => {
  it('deletes by id and by name', async () => {
    const id = await create('web');
    expect(await w.call('DeleteSecurityGroup', { GroupId: id })).toEqual({ Return: true, GroupId: id });
    await create('web');
    await expectRefusal(w.call('DeleteSecurityGroup', { GroupName: 'web', DryRun: true }), 'DryRunOperation');
    await w.call('DeleteSecurityGroup', { GroupName: 'web' });
    expect(await listed()).toHaveLength(1);
  });

  it('refuses the default group and what does not exist', async () => {
    const [{ GroupId }] = await listed();
    await expectRefusal(
      w.call('DeleteSecurityGroup', { GroupId }),
      'CannotDelete',
      /"default" cannot be deleted by a user/,
    );
    await expectRefusal(w.call('DeleteSecurityGroup', { GroupId }, other), 'InvalidGroup.NotFound');
    await expectRefusal(w.call('DeleteSecurityGroup', { GroupId: 'sg-x' }), 'InvalidGroupId.Malformed');
    await expectRefusal(
      w.call('DeleteSecurityGroup', { GroupName: 'web' }),
      'InvalidGroup.NotFound',
      /in default VPC 'vpc-/,
    );
    await expectRefusal(w.call('DeleteSecurityGroup', {}), 'MissingParameter', /GroupId/);
    await expectRefusal(w.call('DeleteSecurityGroup', { GroupId, GroupName: 'x' }), 'InvalidParameterCombination');
  });

  it('refuses a group that another group’s rule or an interface uses', async () => {
    const id = await create('web');
    const user = await create('db');
    const self = { IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: id }] }] };
    await w.call('AuthorizeSecurityGroupIngress', { GroupId: id, ...self });
    for (const direction of ['Ingress', 'Egress'] as const) {
      await w.call(`AuthorizeSecurityGroup${direction}`, { GroupId: user, ...self });
      await expectRefusal(
        w.call('DeleteSecurityGroup', { GroupId: id }),
        'DependencyViolation',
        new RegExp(`resource ${id} has a dependent object`),
      );
      await w.call(`RevokeSecurityGroup${direction}`, { GroupId: user, ...self });
    }
    const eni = {
      state: 'available' as const,
      vpc: vpcId,
      subnet: 's',
      zone: 'z',
      description: '',
      privateIps: [],
      mac: '',
      sourceDestCheck: true,
    };
    await write(w.world, scope, (tx) => tx.insert(networkInterface, { ...eni, groups: [{ id: user, name: 'db' }] }));
    await expectRefusal(w.call('DeleteSecurityGroup', { GroupId: user }), 'DependencyViolation');
    await w.call('DeleteSecurityGroup', { GroupId: id });
  });
});

describe('DescribeSecurityGroups', () => {
  it('finds by id and by name, and refuses what is not there', async () => {
    const id = await create('web');
    expect(await listed({ GroupIds: [id] })).toMatchObject([{ GroupName: 'web' }]);
    expect(await listed({ GroupNames: ['web', 'default'] })).toHaveLength(2);
    await expectRefusal(
      listed({ GroupIds: [id] }, other),
      'InvalidGroup.NotFound',
      new RegExp(`The security group '${id}' does not exist`),
    );
    await expectRefusal(listed({ GroupIds: ['web'] }), 'InvalidGroupId.Malformed');
    await expectRefusal(
      listed({ GroupNames: ['nope'] }),
      'InvalidGroup.NotFound',
      /'nope' does not exist in default VPC/,
    );
    await expectRefusal(listed({ MaxResults: 1001 }), 'InvalidParameterValue');
  });

  it('pages', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await create(name);
    const first = await w.call('DescribeSecurityGroups', { MaxResults: 5 });
    const second = await w.call('DescribeSecurityGroups', { MaxResults: 5, NextToken: first.NextToken });
    expect([first, second].map((page) => page.SecurityGroups.length)).toEqual([5, 1]);
  });

  it.each([
    ['description', 'for*', 1],
    ['group-name', 'web', 1],
    ['group-id', 'sg-*', 2],
    ['owner-id', testAccount, 2],
    ['vpc-id', 'vpc-00000000', 0],
    ['ip-permission.cidr', '10.0.0.0/8', 1],
    ['ip-permission.from-port', '22', 1],
    ['ip-permission.to-port', '23', 1],
    ['ip-permission.group-id', 'sg-*', 2],
    ['ip-permission.group-name', 'web', 1],
    ['ip-permission.user-id', testAccount, 2],
    ['ip-permission.protocol', 'tcp', 1],
    ['ip-permission.protocol', '-1', 2],
    ['ip-permission.ipv6-cidr', '2001:db8::/32', 1],
    ['ip-permission.prefix-list-id', '*', 0],
    ['egress.ip-permission.cidr', '0.0.0.0/0', 2],
    ['egress.ip-permission.protocol', 'udp', 0],
    ['egress.ip-permission.group-id', 'sg-*', 0],
    ['tag:a', 'b', 1],
    ['tag-key', 'a', 1],
  ])('filters by %s %s', async (Name, value, count) => {
    const id = await create('web', {
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    await w.call('AuthorizeSecurityGroupIngress', {
      GroupId: id,
      IpPermissions: [
        {
          IpProtocol: 'tcp',
          FromPort: 22,
          ToPort: 23,
          IpRanges: [{ CidrIp: '10.0.0.0/8' }],
          Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }],
        },
        { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: id }] },
      ],
    });
    expect(await listed({ Filters: [{ Name, Values: [value] }] })).toHaveLength(count);
  });
});

describe('groups for other resources', () => {
  const cx = () => reading(w.world, scope, w.world.store.read);

  it('are found by id, by name and as the default', async () => {
    const id = await create('web');
    const home = await defaultGroup(cx(), vpcId);
    expect(home.name).toBe('default');
    expect((await groupsById(cx(), [id, home.id], vpcId)).map((g) => g.name)).toEqual(['web', 'default']);
    expect((await groupsByName(cx(), ['default', 'web'], vpcId)).map((g) => g.id)).toEqual([home.id, id]);
    expect(await groupsByName(cx(), [], vpcId)).toEqual([]);
  });

  it('are refused where they are not in the VPC', async () => {
    const id = await create('web');
    await expectRefusal(
      groupsById(cx(), [id], 'vpc-9'),
      'InvalidGroup.NotFound',
      new RegExp(`'${id}' does not exist in VPC 'vpc-9'`),
    );
    await expectRefusal(groupsById(cx(), ['x'], vpcId), 'InvalidGroupId.Malformed');
    await expectRefusal(groupsByName(cx(), ['nope'], vpcId), 'InvalidGroup.NotFound', /'nope' does not exist in VPC/);
    await expectRefusal(defaultGroup(cx(), 'vpc-9'), 'InvalidGroup.NotFound');
  });
});
