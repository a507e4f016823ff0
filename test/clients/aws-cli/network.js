/** aws-cli: the default network, security groups and addresses. */
import { can, check, equal, finish, holds, matches, sorted, zoneOr } from '../checks/check.js';
import { ec2, filters, newestAmazonLinux, refused } from './aws.js';

const vpc = await check('describe-vpcs finds the default one', async () => {
  const { Vpcs } = await ec2('describe-vpcs', ...filters({ isDefault: 'true' }));
  equal(Vpcs.length, 1, 'number of default networks');
  equal([Vpcs[0].CidrBlock, Vpcs[0].State, Vpcs[0].IsDefault], ['172.31.0.0/16', 'available', true], 'network');
  return Vpcs[0].VpcId;
});

const subnet = await check('describe-subnets has one a zone', async () => {
  const { Subnets } = await ec2('describe-subnets', ...filters({ 'vpc-id': vpc, 'default-for-az': 'true' }));
  const { AvailabilityZones } = await ec2('describe-availability-zones');
  const zones = sorted(Subnets.map((one) => one.AvailabilityZone));
  equal(zones, sorted(AvailabilityZones.map((one) => one.ZoneName)), 'zones of subnets');
  const one = Subnets.find((each) => each.AvailabilityZone === zoneOr(zones[0]));
  matches(one.CidrBlock, can('zoneBlocks') ? /^172\.31\.\d+\.0\/20$/ : /^172\.31\.0\.0\/16$/, 'CidrBlock');
  equal(one.MapPublicIpOnLaunch, can('publicAddresses'), 'MapPublicIpOnLaunch');
  if (can('zoneBlocks')) equal(one.AvailableIpAddressCount, 4091, 'AvailableIpAddressCount');
  else holds(one.AvailableIpAddressCount > 0, 'there are free addresses');
  return one;
});

await check('wait vpc-available, subnet-available, security-group-exists', async () => {
  await ec2('wait', 'vpc-available', '--vpc-ids', vpc);
  await ec2('wait', 'subnet-available', '--subnet-ids', subnet.SubnetId);
  const [{ GroupId, GroupName }] = (await ec2('describe-security-groups')).SecurityGroups;
  equal(GroupName, 'default', 'GroupName');
  await ec2('wait', 'security-group-exists', '--group-ids', GroupId);
});

const create = (name) => [
  ...['create-security-group', '--group-name', name, '--description', `servers: ${name}`, '--vpc-id', vpc],
  ...['--tag-specifications', `ResourceType=security-group,Tags=[{Key=role,Value=${name}}]`],
];

const [web, db] =
  (await check('create-security-group twice', async () => {
    await refused('DryRunOperation', ec2(...create('web'), '--dry-run'));
    const made = [await ec2(...create('web')), await ec2(...create('db'))];
    matches(made[0].GroupId, /^sg-[0-9a-f]{17}$/, 'GroupId');
    await refused('InvalidGroup.Duplicate', ec2(...create('web')));
    return made.map((one) => one.GroupId);
  })) ?? [];

const described = async (id) => (await ec2('describe-security-groups', '--group-ids', id)).SecurityGroups[0];

await check('authorize-security-group-ingress by CIDR, IPv6, group and all protocols', async () => {
  const permissions = [
    {
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: 443,
      IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'all the world' }],
    },
    { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
    { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: db }] },
    { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
  ];
  const args = ['authorize-security-group-ingress', '--group-id', web, '--ip-permissions', JSON.stringify(permissions)];
  const { Return, SecurityGroupRules } = await ec2(...args);
  equal([Return, SecurityGroupRules.length], [true, 4], 'Return and number of rules');
  await refused('InvalidPermission.Duplicate', ec2(...args));
  const { IpPermissions } = await described(web);
  const https = IpPermissions.find((one) => one.FromPort === 443);
  equal(https.IpRanges, [{ CidrIp: '0.0.0.0/0', Description: 'all the world' }], 'IpRanges');
  equal(https.Ipv6Ranges, [{ CidrIpv6: '::/0' }], 'Ipv6Ranges');
  const all = IpPermissions.find((one) => one.IpProtocol === '-1');
  equal([all.UserIdGroupPairs[0].GroupId, all.FromPort], [db, undefined], 'rule for all protocols');
});

await check('describe-security-groups by filters of the rules', async () => {
  const find = async (query) =>
    sorted((await ec2('describe-security-groups', ...filters(query))).SecurityGroups.map((one) => one.GroupId));
  equal(await find({ 'ip-permission.cidr': '10.0.0.0/8' }), [web], 'groups by CIDR');
  equal(await find({ 'ip-permission.group-id': db }), [web], 'groups by group');
  equal(await find({ 'group-name': 'w?b,d*b', 'vpc-id': vpc }), sorted([web, db]), 'groups by name');
  equal(await find({ 'tag:role': 'db' }), [db], 'groups by tag');
});

await check('egress is open until it is revoked', async () => {
  const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  equal((await described(db)).IpPermissionsEgress[0].IpProtocol, '-1', 'IpProtocol');
  await ec2('revoke-security-group-egress', '--group-id', db, '--ip-permissions', JSON.stringify([all]));
  equal((await described(db)).IpPermissionsEgress, [], 'IpPermissionsEgress');
  const rule = ['--protocol', 'udp', '--port', '53', '--cidr', '10.0.0.2/32'];
  await ec2('authorize-security-group-egress', '--group-id', db, ...rule);
  const [{ FromPort, ToPort, IpProtocol }] = (await described(db)).IpPermissionsEgress;
  equal([FromPort, ToPort, IpProtocol], [53, 53, 'udp'], 'IpPermissionsEgress');
});

await check('revoke-security-group-ingress, and of a rule that is not there', async () => {
  const ping = [{ IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }];
  const revoke = ['revoke-security-group-ingress', '--group-id', web, '--ip-permissions', JSON.stringify(ping)];
  equal((await ec2(...revoke)).Return, true, 'Return');
  holds(
    (await described(web)).IpPermissions.every((one) => one.IpProtocol !== 'icmp'),
    'the rule is gone',
  );
  // In a default VPC this is no error; the answer tells what was not found.
  const [unknown] = (await ec2(...revoke)).UnknownIpPermissions;
  equal([unknown.IpProtocol, unknown.FromPort, unknown.IpRanges[0].CidrIp], ['icmp', 8, '10.0.0.0/8'], 'unknown rule');
});

await check('groups that are needed are not deleted', async () => {
  await refused('DependencyViolation', ec2('delete-security-group', '--group-id', db));
  await refused('CannotDelete', ec2('delete-security-group', '--group-name', 'default'));
  await refused('InvalidGroup.NotFound', ec2('delete-security-group', '--group-id', 'sg-00000000000000000'));
});

const instance = await check('a machine in a subnet of choice, with an address of choice', async () => {
  const address = subnet.CidrBlock.replace(/\.0\/\d+$/, '.77');
  const { Instances } = await ec2(
    ...['run-instances', '--image-id', (await newestAmazonLinux()).ImageId, '--instance-type', 't3.micro'],
    ...['--subnet-id', subnet.SubnetId, '--private-ip-address', address, '--security-group-ids', web, db],
  );
  const [one] = Instances;
  equal([one.SubnetId, one.PrivateIpAddress, one.VpcId], [subnet.SubnetId, address, vpc], 'instance');
  await ec2('wait', 'instance-running', '--instance-ids', one.InstanceId);
  return one.InstanceId;
});

const address = await check('allocate-address', async () => {
  const made = await ec2('allocate-address', '--domain', 'vpc');
  matches(made.AllocationId, /^eipalloc-[0-9a-f]{17}$/, 'AllocationId');
  matches(made.PublicIp, /^\d+\.\d+\.\d+\.\d+$/, 'PublicIp');
  equal(made.Domain, 'vpc', 'Domain');
  return made;
});

await check('associate-address gives the machine that address', async () => {
  const args = ['associate-address', '--instance-id', instance, '--allocation-id', address.AllocationId];
  const { AssociationId } = await ec2(...args);
  const { Reservations } = await ec2('describe-instances', '--instance-ids', instance);
  equal(Reservations[0].Instances[0].PublicIpAddress, address.PublicIp, 'PublicIpAddress');
  const { Addresses } = await ec2('describe-addresses', ...filters({ 'instance-id': instance }));
  equal([Addresses[0].PublicIp, Addresses[0].AssociationId], [address.PublicIp, AssociationId], 'address');
  await refused('InvalidIPAddress.InUse', ec2('release-address', '--allocation-id', address.AllocationId));
  await ec2('disassociate-address', '--association-id', AssociationId);
  await refused('InvalidAssociationID.NotFound', ec2('disassociate-address', '--association-id', AssociationId));
});

await check('release-address, and it is gone', async () => {
  await ec2('release-address', '--allocation-id', address.AllocationId);
  await refused('InvalidAllocationID.NotFound', ec2('release-address', '--allocation-id', address.AllocationId));
  equal((await ec2('describe-addresses')).Addresses, [], 'Addresses');
});

await check('terminate, delete, and nothing is left', async () => {
  await refused('DependencyViolation', ec2('delete-security-group', '--group-id', web));
  await ec2('terminate-instances', '--instance-ids', instance);
  await ec2('wait', 'instance-terminated', '--instance-ids', instance);
  for (const id of [web, db]) await ec2('delete-security-group', '--group-id', id);
  const { SecurityGroups } = await ec2('describe-security-groups');
  equal(
    SecurityGroups.map((one) => one.GroupName),
    ['default'],
    'SecurityGroups',
  );
});

finish();
