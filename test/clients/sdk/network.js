/** JavaScript SDK: networks, groups and addresses. */
import {
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcs,
  waitUntilInstanceRunning,
  waitUntilInstanceTerminated,
  waitUntilSecurityGroupExists,
  waitUntilSubnetAvailable,
  waitUntilVpcAvailable,
} from '@aws-sdk/client-ec2';
import { can, check, equal, finish, holds, matches, sorted } from '../checks/check.js';
import { all, ec2, ec2OfOther, filters, newestImage, patience, refused } from './cloud.js';

const vpc = await check('the default network and its subnets', async () => {
  const [found] = await all(paginateDescribeVpcs({ client: ec2 }, {}), (page) => page.Vpcs);
  await waitUntilVpcAvailable(patience, { VpcIds: [found.VpcId] });
  equal([found.IsDefault, found.CidrBlock, found.OwnerId], [true, '172.31.0.0/16', process.env.ACCOUNT_ID], 'network');
  const query = { Filters: filters({ 'vpc-id': found.VpcId }) };
  const subnets = await all(paginateDescribeSubnets({ client: ec2, pageSize: 5 }, query), (page) => page.Subnets);
  await waitUntilSubnetAvailable(patience, { SubnetIds: subnets.map((one) => one.SubnetId) });
  const { AvailabilityZones } = await ec2.describeAvailabilityZones({});
  equal(
    sorted(subnets.map((one) => one.AvailabilityZone)),
    sorted(AvailabilityZones.map((one) => one.ZoneName)),
    'zones of subnets',
  );
  if (can('zoneBlocks')) equal(new Set(subnets.map((one) => one.CidrBlock)).size, 6, 'number of different blocks');
  await refused('InvalidVpcID.NotFound', ec2OfOther.describeVpcs({ VpcIds: [found.VpcId] }));
  return found.VpcId;
});

const group = await check('createSecurityGroup and its waiter', async () => {
  const asked = { GroupName: 'sdk', Description: 'by the SDK', VpcId: vpc };
  await refused('DryRunOperation', ec2.createSecurityGroup({ ...asked, DryRun: true }));
  const { GroupId } = await ec2.createSecurityGroup(asked);
  await waitUntilSecurityGroupExists(patience, { GroupIds: [GroupId] });
  await refused('InvalidGroup.Duplicate', ec2.createSecurityGroup(asked));
  return GroupId;
});

const described = async () => (await ec2.describeSecurityGroups({ GroupIds: [group] })).SecurityGroups?.[0];

await check('ingress: all kinds of sources in one call', async () => {
  const { SecurityGroupRules = [] } = await ec2.authorizeSecurityGroupIngress({
    GroupId: group,
    IpPermissions: [
      {
        IpProtocol: 'tcp',
        FromPort: 8000,
        ToPort: 8080,
        IpRanges: [{ CidrIp: '192.0.2.0/24', Description: 'office' }],
        Ipv6Ranges: [{ CidrIpv6: '2001:db8:1::/48' }],
        UserIdGroupPairs: [{ GroupId: group }],
      },
    ],
    TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'why', Value: 'test' }] }],
  });
  equal(SecurityGroupRules.length, 3, 'number of rules');
  holds(
    SecurityGroupRules.every((one) => /^sgr-[0-9a-f]{17}$/.test(one.SecurityGroupRuleId ?? '')),
    'rules have ids',
  );
  const [rule] = (await described())?.IpPermissions ?? [];
  equal(
    [rule.FromPort, rule.ToPort, rule.IpRanges],
    [8000, 8080, [{ CidrIp: '192.0.2.0/24', Description: 'office' }]],
    'rule',
  );
  equal([rule.Ipv6Ranges?.length, rule.UserIdGroupPairs?.length], [1, 1], 'number of other sources');
});

await check('a rule is revoked by its id or by its content', async () => {
  const rule = { GroupId: group, IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' };
  const { SecurityGroupRules } = await ec2.authorizeSecurityGroupIngress(rule);
  const SecurityGroupRuleIds = SecurityGroupRules?.map((one) => one.SecurityGroupRuleId);
  await ec2.revokeSecurityGroupIngress({ GroupId: group, SecurityGroupRuleIds });
  await ec2.authorizeSecurityGroupIngress(rule);
  await ec2.revokeSecurityGroupIngress(rule);
  equal((await described())?.IpPermissions?.length, 1, 'number of permissions left');
});

await check('egress', async () => {
  const all = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  await refused(
    'InvalidPermission.Duplicate',
    ec2.authorizeSecurityGroupEgress({ GroupId: group, IpPermissions: all }),
  );
  await ec2.revokeSecurityGroupEgress({ GroupId: group, IpPermissions: all });
  const web = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }];
  await ec2.authorizeSecurityGroupEgress({ GroupId: group, IpPermissions: web });
  const [rule] = (await described())?.IpPermissionsEgress ?? [];
  equal([rule.ToPort, rule.Ipv6Ranges], [80, [{ CidrIpv6: '::/0' }]], 'rule');
});

await check('describeSecurityGroups in pages and by filters', async () => {
  const groups = await all(
    paginateDescribeSecurityGroups({ client: ec2, pageSize: 5 }, {}),
    (page) => page.SecurityGroups,
  );
  equal(sorted(groups.map((one) => one.GroupName)), ['default', 'sdk'], 'groups');
  const found = await ec2.describeSecurityGroups({ Filters: filters({ 'egress.ip-permission.ipv6-cidr': '::/0' }) });
  equal(
    sorted(found.SecurityGroups.map((one) => one.GroupName)),
    can('defaultEgress') ? ['sdk'] : ['default', 'sdk'],
    'groups by egress',
  );
});

const machine = await check('a machine in the group, by name', async () => {
  const { ImageId } = await newestImage('amazon', 'al2023-ami-minimal-*-x86_64');
  const asked = { ImageId, InstanceType: 't3.nano', MinCount: 1, MaxCount: 1, SecurityGroups: ['sdk'] };
  const { Instances } = await ec2.runInstances(asked);
  equal(Instances?.[0].SecurityGroups, [{ GroupId: group, GroupName: 'sdk' }], 'SecurityGroups');
  await waitUntilInstanceRunning(patience, { InstanceIds: [Instances[0].InstanceId] });
  await refused('DependencyViolation', ec2.deleteSecurityGroup({ GroupId: group }));
  return Instances[0].InstanceId;
});

await check('addresses', async () => {
  const { AllocationId, PublicIp } = await ec2.allocateAddress({});
  matches(PublicIp, /^\d+\.\d+\.\d+\.\d+$/, 'PublicIp');
  const { AssociationId } = await ec2.associateAddress({ AllocationId, InstanceId: machine });
  const { Addresses } = await ec2.describeAddresses({ Filters: filters({ 'association-id': AssociationId }) });
  equal([Addresses?.[0].InstanceId, Addresses?.[0].PublicIp], [machine, PublicIp], 'address');
  await refused('InvalidAllocationID.NotFound', ec2OfOther.releaseAddress({ AllocationId }));
  await ec2.disassociateAddress({ AssociationId });
  await ec2.releaseAddress({ AllocationId });
  equal((await ec2.describeAddresses({})).Addresses, [], 'Addresses');
});

await check('terminate, delete, and nothing is left', async () => {
  await ec2.terminateInstances({ InstanceIds: [machine] });
  await waitUntilInstanceTerminated(patience, { InstanceIds: [machine] });
  await ec2.deleteSecurityGroup({ GroupId: group });
  const { SecurityGroups } = await ec2.describeSecurityGroups({});
  equal(
    SecurityGroups?.map((one) => one.GroupName),
    ['default'],
    'SecurityGroups',
  );
});

finish();
