"""boto3: networks, groups and addresses."""
from cloud import ec2, filters, newest_image, refused, resource, wait
from check import account, can, check, equal, finish, holds, zone_or


@check('the default network and its subnets, by filters, waiters and paginators')
def vpc():
    made, = ec2.describe_vpcs(Filters=filters(is_default='true', cidr='172.31.0.0/16'))['Vpcs']
    equal((made['OwnerId'], made['State'], made['InstanceTenancy']), (account, 'available', 'default'), 'network')
    wait('vpc_exists', VpcIds=[made['VpcId']])
    pages = ec2.get_paginator('describe_subnets').paginate(Filters=filters(vpc_id=made['VpcId'],
                                                                           availability_zone=zone_or('us-east-1?')),
                                                           PaginationConfig={'PageSize': 5})
    subnets = [one for page in pages for one in page['Subnets']]
    equal(len({one['AvailabilityZone'] for one in subnets}), 6 if can('zoneBlocks') else 1, 'number of zones with a subnet')
    holds(all(one['SubnetArn'].endswith(one['SubnetId']) and one['DefaultForAz'] for one in subnets), 'facts of subnets')
    return made['VpcId']


@check('groups: create by client and by resource, describe by id and name')
def groups():
    web = ec2.create_security_group(GroupName='web', Description='web', VpcId=vpc, TagSpecifications=[
        {'ResourceType': 'security-group', 'Tags': [{'Key': 'team', 'Value': 'a'}]}])
    db = resource.create_security_group(GroupName='db', Description='data base')
    equal(web['Tags'], [{'Key': 'team', 'Value': 'a'}], 'Tags')
    wait('security_group_exists', GroupIds=[web['GroupId'], db.id])
    named = ec2.describe_security_groups(GroupNames=['web', 'db'])['SecurityGroups']
    equal({one['GroupId'] for one in named}, {web['GroupId'], db.id}, 'groups by name')
    return web['GroupId'], db.id


@check('names and descriptions that EC2 refuses')
def _():
    refused('InvalidGroup.Duplicate', ec2.create_security_group, GroupName='web', Description='again')
    refused('InvalidParameterValue', ec2.create_security_group, GroupName='default', Description='own default')
    refused('InvalidParameterValue', ec2.create_security_group, GroupName='sg-web', Description='reserved prefix')
    refused('InvalidVpcID.NotFound', ec2.create_security_group, GroupName='x', Description='x', VpcId='vpc-00000000000000000')


def permissions(which='IpPermissions'):
    return ec2.describe_security_groups(GroupIds=[groups[0]])['SecurityGroups'][0][which]


@check('authorize_security_group_ingress in its short form and its long one')
def _():
    web, db = groups
    ec2.authorize_security_group_ingress(GroupId=web, IpProtocol='tcp', FromPort=22, ToPort=22, CidrIp='198.51.100.0/24')
    ec2.authorize_security_group_ingress(GroupName='web', IpPermissions=[
        {'IpProtocol': 'tcp', 'FromPort': 22, 'ToPort': 22, 'IpRanges': [{'CidrIp': '203.0.113.7/32', 'Description': 'one'}],
         'Ipv6Ranges': [{'CidrIpv6': '2001:db8::/32'}], 'UserIdGroupPairs': [{'GroupId': db, 'Description': 'from db'}]},
        {'IpProtocol': 'udp', 'FromPort': 0, 'ToPort': 65535, 'UserIdGroupPairs': [{'GroupId': web, 'UserId': account}]},
        {'IpProtocol': '50', 'IpRanges': [{'CidrIp': '10.1.0.0/16'}]}])
    ssh = next(one for one in permissions() if one.get('FromPort') == 22)
    equal(sorted(one['CidrIp'] for one in ssh['IpRanges']), ['198.51.100.0/24', '203.0.113.7/32'], 'IpRanges')
    equal(ssh['Ipv6Ranges'], [{'CidrIpv6': '2001:db8::/32'}], 'Ipv6Ranges')
    equal(ssh['UserIdGroupPairs'], [{'GroupId': db, 'UserId': account, 'Description': 'from db'}], 'UserIdGroupPairs')
    holds(any(one['IpProtocol'] == '50' for one in permissions()), 'a protocol may be a number')


@check('rules that EC2 refuses')
def _():
    def authorize(**rule):
        return ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[{'IpProtocol': 'tcp', **rule}])

    refused('InvalidPermission.Duplicate', authorize, FromPort=22, ToPort=22, IpRanges=[{'CidrIp': '203.0.113.7/32'}])
    refused('InvalidParameterValue', authorize, FromPort=1, ToPort=1, IpRanges=[{'CidrIp': '10.0.0.300/32'}])
    refused('InvalidParameterValue', authorize, FromPort=9, ToPort=1, IpRanges=[{'CidrIp': '10.0.0.0/8'}])
    refused('InvalidGroup.NotFound', authorize, FromPort=1, ToPort=1, UserIdGroupPairs=[{'GroupId': 'sg-00000000000000000'}])


@check('revoke_security_group_ingress of a part leaves the rest')
def _():
    ec2.revoke_security_group_ingress(GroupId=groups[0], IpProtocol='tcp', FromPort=22, ToPort=22, CidrIp='198.51.100.0/24')
    ssh = next(one for one in permissions() if one.get('FromPort') == 22)
    equal([one['CidrIp'] for one in ssh['IpRanges']], ['203.0.113.7/32'], 'IpRanges')


@check('egress by the resource')
def _():
    web = resource.SecurityGroup(groups[0])
    equal(web.ip_permissions_egress[0]['IpRanges'], [{'CidrIp': '0.0.0.0/0'}], 'egress at first')
    web.revoke_egress(IpPermissions=web.ip_permissions_egress)
    web.authorize_egress(IpPermissions=[{'IpProtocol': 'tcp', 'FromPort': 443, 'ToPort': 443, 'IpRanges': [{'CidrIp': '0.0.0.0/0'}]}])
    equal([(one['IpProtocol'], one['ToPort']) for one in permissions('IpPermissionsEgress')], [('tcp', 443)], 'egress')


@check('describe_security_groups in pages')
def _():
    more = [ec2.create_security_group(GroupName='page %d' % at, Description='of many')['GroupId'] for at in range(6)]
    pages = list(ec2.get_paginator('describe_security_groups').paginate(Filters=filters(description='of many'),
                                                                        PaginationConfig={'PageSize': 5}))
    equal([len(page['SecurityGroups']) for page in pages], [5, 1], 'sizes of the pages')
    for one in more:
        ec2.delete_security_group(GroupId=one)


@check('machines with network interfaces of their own making')
def machines():
    subnet = ec2.describe_subnets(Filters=filters(availability_zone=zone_or('us-east-1a')))['Subnets'][0]['SubnetId']
    made = ec2.run_instances(
        ImageId=newest_image('amazon', 'al2023-ami-2023.*-arm64')['ImageId'], InstanceType='t4g.nano', MinCount=2, MaxCount=2,
        NetworkInterfaces=[{'DeviceIndex': 0, 'SubnetId': subnet, 'Groups': list(groups), 'AssociatePublicIpAddress': False,
                            'DeleteOnTermination': True, 'Description': 'front'}])['Instances']
    ids = [one['InstanceId'] for one in made]
    wait('instance_running', InstanceIds=ids)
    one = ec2.describe_instances(InstanceIds=ids)['Reservations'][0]['Instances'][0]
    equal((one['SubnetId'], one.get('PublicIpAddress'), one['Architecture']), (subnet, None, 'arm64' if can('arm64') else 'x86_64'), 'instance')
    equal(one['NetworkInterfaces'][0]['Description'], 'front', 'description of the interface')
    equal({group['GroupId'] for group in one['SecurityGroups']}, set(groups), 'groups')
    return ids


@check('groups in use or named by rules are not deleted')
def _():
    for one in groups:
        refused('DependencyViolation', ec2.delete_security_group, GroupId=one)


@check('addresses: allocate, associate, associate again, move, disassociate')
def allocation():
    made = ec2.allocate_address(Domain='vpc', TagSpecifications=[
        {'ResourceType': 'elastic-ip', 'Tags': [{'Key': 'Name', 'Value': 'front door'}]}])
    first, second = machines

    def associate(machine, **more):
        return ec2.associate_address(AllocationId=made['AllocationId'], InstanceId=machine, **more)['AssociationId']

    equal(associate(first), associate(first), 'the association of the same two')
    refused('Resource.AlreadyAssociated', associate, second, AllowReassociation=False)
    association = associate(second)
    one, = ec2.describe_addresses(Filters=filters(tag__Name='front*', instance_id=second))['Addresses']
    equal((one['PublicIp'], one['AssociationId'], one['Domain']), (made['PublicIp'], association, 'vpc'), 'address')
    holds(one['NetworkInterfaceId'].startswith('eni-') and one['PrivateIpAddress'], 'the address is on an interface')
    found = ec2.describe_instances(Filters=filters(ip_address=made['PublicIp']))['Reservations']
    equal(found[0]['Instances'][0]['InstanceId'], second, 'machine with that address')
    ec2.disassociate_address(AssociationId=association)
    equal('AssociationId' in ec2.describe_addresses(PublicIps=[made['PublicIp']])['Addresses'][0], False, 'associated')
    return made['AllocationId']


@check('addresses have a limit, and errors')
def _():
    if can('addressLimit'):
        more = [ec2.allocate_address()['AllocationId'] for _ in range(4)]
        refused('AddressLimitExceeded', ec2.allocate_address)
        for one in more:
            ec2.release_address(AllocationId=one)
    refused('InvalidAllocationID.NotFound', ec2.describe_addresses, AllocationIds=['eipalloc-00000000000000000'])
    refused('InvalidInstanceID.NotFound', ec2.associate_address, AllocationId=allocation, InstanceId='i-00000000000000000')
    refused('DryRunOperation', ec2.release_address, AllocationId=allocation, DryRun=True)


@check('release, terminate, delete, and nothing is left')
def _():
    ec2.release_address(AllocationId=allocation)
    ec2.terminate_instances(InstanceIds=machines)
    wait('instance_terminated', InstanceIds=machines)
    ec2.delete_security_group(GroupId=groups[0])
    ec2.delete_security_group(GroupName='db')
    equal([one['GroupName'] for one in ec2.describe_security_groups()['SecurityGroups']], ['default'], 'groups')
    equal(ec2.describe_addresses()['Addresses'], [], 'Addresses')


finish()
