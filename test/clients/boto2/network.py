"""boto 2: account, networks, groups, addresses, keys and tags."""
import os
import subprocess

from cloud import ec2, newest_image, refused, until
from check import account, can, check, equal, finish, holds


@check('describe_account_attributes')
def _():
    values = {one.attribute_name: one.attribute_values for one in ec2.describe_account_attributes(['supported-platforms'])}
    equal(values, {'supported-platforms': ['VPC']}, 'attributes')


@check('get_all_regions')
def _():
    # boto 2 makes connections to what is told here, so the endpoints must be names of hosts.
    regions = {one.name: one.endpoint for one in ec2.get_all_regions()}
    holds('us-east-1' in regions and all(regions.values()), 'each region has an endpoint')


@check('get_all_vpcs and get_all_subnets')
def vpc():
    made, = ec2.get_all_vpcs(filters={'isDefault': 'true'})
    equal((made.cidr_block, made.state, made.is_default), ('172.31.0.0/16', 'available', True), 'network')
    subnets = ec2.get_all_subnets(filters={'vpcId': made.id})
    equal({one.availability_zone for one in subnets}, {one.name for one in ec2.get_all_zones()}, 'zones')
    if can('zoneBlocks'):
        equal((len(subnets), {one.available_ip_address_count for one in subnets}), (6, {4091}), 'free addresses')
    else:
        holds(all(one.available_ip_address_count > 0 for one in subnets), 'there are free addresses')
    return made


@check('security groups: create, authorize by address and by group, describe')
def groups():
    web = ec2.create_security_group('web', 'web servers', vpc_id=vpc.id)
    db = ec2.create_security_group('db', 'data base')
    equal(web.authorize('tcp', 80, 80, '0.0.0.0/0'), True, 'return')
    equal(ec2.authorize_security_group(group_id=web.id, ip_protocol='tcp', from_port=22, to_port=22,
                                       cidr_ip=['10.0.0.0/8', '192.168.0.0/16']), True, 'return')
    equal(ec2.authorize_security_group(group_id=db.id, src_security_group_group_id=web.id, ip_protocol='tcp',
                                       from_port=5432, to_port=5432), True, 'return')
    found = ec2.get_all_security_groups(group_ids=[web.id])[0]
    equal(sorted((rule.from_port, sorted(grant.cidr_ip for grant in rule.grants)) for rule in found.rules),
          [('22', ['10.0.0.0/8', '192.168.0.0/16']), ('80', ['0.0.0.0/0'])], 'rules')
    rule, = ec2.get_all_security_groups(filters={'group-name': 'db'})[0].rules
    equal([(grant.group_id, grant.owner_id) for grant in rule.grants], [(web.id, account)], 'grants')
    equal(found.rules_egress[0].ip_protocol, '-1', 'egress')
    return web, db


@check('security groups: duplicates, revoke, egress')
def _():
    web, db = groups
    refused('InvalidPermission.Duplicate', ec2.authorize_security_group, group_id=web.id, ip_protocol='tcp', from_port=80,
            to_port=80, cidr_ip='0.0.0.0/0')
    refused('InvalidGroup.Duplicate', ec2.create_security_group, 'web', 'again')
    equal(ec2.revoke_security_group(group_id=web.id, ip_protocol='tcp', from_port=22, to_port=22, cidr_ip='10.0.0.0/8'), True,
          'return')
    equal(ec2.revoke_security_group_egress(db.id, '-1', cidr_ip='0.0.0.0/0'), True, 'return')
    equal(ec2.authorize_security_group_egress(db.id, 'udp', 53, 53, cidr_ip='10.0.0.2/32'), True, 'return')
    rule, = ec2.get_all_security_groups(group_ids=[db.id])[0].rules_egress
    equal((rule.ip_protocol, rule.from_port, rule.grants[0].cidr_ip), ('udp', '53', '10.0.0.2/32'), 'egress')
    refused('DependencyViolation', web.delete)


@check('key pairs: create, import, describe')
def _():
    made = ec2.create_key_pair('boto two')
    # KeyPair.save of boto 2 writes text as bytes, which Python 3 refuses.
    with open('key.pem', 'w', opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(made.material + '\n')
    line = subprocess.run(['ssh-keygen', '-y', '-f', 'key.pem'], check=True, capture_output=True, text=True).stdout
    holds(line.startswith('ssh-rsa '), 'OpenSSH reads it')
    ec2.import_key_pair('imported', line.encode())
    equal(sorted(one.name for one in ec2.get_all_key_pairs()), ['boto two', 'imported'], 'names')
    equal(ec2.get_key_pair('boto two').fingerprint, made.fingerprint, 'fingerprint')
    equal(ec2.get_key_pair('nobody'), None, 'a key that is not there')


@check('addresses: allocate, associate, find, disassociate, release')
def _():
    image = newest_image('099720109477', 'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*')
    machine = ec2.run_instances(image.id, instance_type='t2.micro', security_group_ids=[groups[0].id],
                                key_name='boto two').instances[0]
    until(machine, 'running')
    equal(([one.id for one in machine.groups], machine.key_name), ([groups[0].id], 'boto two'), 'group and key')
    address = ec2.allocate_address(domain='vpc')
    association = ec2.associate_address_object(instance_id=machine.id, allocation_id=address.allocation_id)
    found, = ec2.get_all_addresses(filters={'instance-id': machine.id})
    equal((found.public_ip, found.association_id), (address.public_ip, association.association_id), 'address')
    machine.update()
    equal(machine.ip_address, address.public_ip, 'ip_address')
    equal(found.disassociate(), True, 'return')
    equal(ec2.release_address(allocation_id=address.allocation_id), True, 'return')
    equal(ec2.get_all_addresses(), [], 'addresses')
    machine.terminate()
    until(machine, 'terminated')


@check('tags: create, describe, delete')
def _():
    ec2.create_tags([vpc.id, groups[0].id], {'env': 'test & <more>', 'empty': ''})
    found = ec2.get_all_tags(filters={'key': 'env', 'resource-type': 'vpc'})
    equal([(one.res_id, one.res_type, one.value) for one in found], [(vpc.id, 'vpc', 'test & <more>')], 'tags')
    equal(ec2.get_all_vpcs(vpc_ids=[vpc.id])[0].tags, {'env': 'test & <more>', 'empty': ''}, 'tags of the network')
    ec2.delete_tags([vpc.id, groups[0].id], {'env': None, 'empty': 'other'})
    equal({one.name for one in ec2.get_all_tags()}, {'empty'}, 'keys left')
    ec2.delete_tags([vpc.id, groups[0].id], ['empty'])
    equal(ec2.get_all_tags(), [], 'tags left')


@check('delete, and nothing is left')
def _():
    web, db = groups
    equal((db.delete(), ec2.delete_security_group(group_id=web.id)), (True, True), 'returns')
    for name in ('boto two', 'imported'):
        equal(ec2.delete_key_pair(name), True, 'return')
    equal([one.name for one in ec2.get_all_security_groups()], ['default'], 'groups')
    equal(ec2.get_all_key_pairs(), [], 'keys')


finish()
