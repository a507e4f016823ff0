"""Apache Libcloud: its EC2 driver, through its portable methods and its extensions."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'checks'))

import check as checks  # noqa: E402
from check import (access_key, can, check, equal, eventually, finish, holds, host, only_image, other_account, port, region,  # noqa: E402
                   secret_key, zone_or)

from libcloud.compute.base import NodeAuthSSHKey, NodeImage  # noqa: E402
from libcloud.compute.providers import get_driver  # noqa: E402
from libcloud.compute.types import NodeState, Provider, StorageVolumeState, VolumeSnapshotState  # noqa: E402


def connect(secret=secret_key, **more):
    return get_driver(Provider.EC2)(access_key, secret, region=region, host=host, port=port, secure=False, **more)


cloud = connect()
ZONE = zone_or('us-east-1b')
INTERFACE = 'public_ips' if can('publicAddresses') else 'private_ips'
ROOT = ['/dev/xvda'] if can('rootVolumes') else []


def refused(code, call, *args, **named):
    """The call must raise an error of Libcloud that begins with this code."""
    return checks.refused(code, lambda error: str(error).strip("'").split(':')[0].strip(), call, *args, **named)


def until(what, read, state):
    eventually(read, lambda seen: seen == state, '%s: %s' % (what, state))


def node_again(node):
    found, = cloud.list_nodes(ex_node_ids=[node.id])
    return found


@check('list_locations')
def location():
    locations = cloud.list_locations()
    if can('manyZones'):
        equal(sorted(one.name for one in locations), ['us-east-1' + letter for letter in 'abcdef'], 'locations')
    return next(one for one in locations if one.name == ZONE)


@check('list_images by owner and filter, get_image')
def image():
    if only_image:
        images = cloud.list_images(ex_filters={'name': only_image})
    else:
        images = cloud.list_images(ex_owner='amazon', ex_filters={'name': 'amzn2-ami-hvm-*-x86_64-gp2'})
    newest = max(images, key=lambda one: one.name)
    equal((newest.extra['architecture'], newest.extra['is_public']), ('x86_64', 'true'), 'image')
    if not only_image:
        equal(newest.extra['owner_id'], '137112412989', 'owner')
    equal(cloud.get_image(newest.id).name, newest.name, 'name')
    return newest


@check('key pairs: create, get, import, list')
def _():
    made = cloud.create_key_pair('libcloud')
    with open('key.pem', 'w', opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(made.private_key + '\n')
    line = subprocess.run(['ssh-keygen', '-y', '-f', 'key.pem'], check=True, capture_output=True, text=True).stdout
    imported = cloud.import_key_pair_from_string('imported', line)
    equal(sorted(one.name for one in cloud.list_key_pairs()), ['imported', 'libcloud'], 'names')
    equal(cloud.get_key_pair('libcloud').fingerprint, made.fingerprint, 'fingerprint')
    equal(cloud.get_key_pair('imported').fingerprint, imported.fingerprint, 'fingerprint')


@check('networks and subnets')
def subnet():
    network, = cloud.ex_list_networks(filters={'isDefault': 'true'})
    equal((network.cidr_block, network.extra['state'], network.extra['is_default']), ('172.31.0.0/16', 'available', 'true'),
          'network')
    found, = cloud.ex_list_subnets(filters={'availability-zone': ZONE, 'vpc-id': network.id})
    equal((found.state, found.extra['available_ips']), ('available', 4091 if can('manyZones') else 65531), 'subnet')
    return found


@check('security groups: create, authorize, read, revoke')
def group():
    made = cloud.ex_create_security_group('libcloud', 'by Libcloud')['group_id']
    equal(cloud.ex_authorize_security_group('libcloud', 22, 22, '0.0.0.0/0'), True, 'return')
    equal(cloud.ex_authorize_security_group_ingress(made, 80, 81, cidr_ips=['10.0.0.0/8', '10.1.0.0/16']), True, 'return')
    equal(cloud.ex_authorize_security_group_ingress(made, 0, 65535, group_pairs=[{'group_id': made}]), True, 'return')
    found, = cloud.ex_get_security_groups(group_ids=[made])
    equal(sorted((rule['from_port'], sorted(rule['cidr_ips'])) for rule in found.ingress_rules if rule['from_port'] != '0'),
          [('22', ['0.0.0.0/0']), ('80', ['10.0.0.0/8', '10.1.0.0/16'])], 'ingress')
    holds(any(pair['group_id'] == made for rule in found.ingress_rules for pair in rule['group_pairs']), 'a group is allowed')
    equal(cloud.ex_revoke_security_group_ingress(made, 80, 81, cidr_ips=['10.1.0.0/16']), True, 'return')
    equal(cloud.ex_revoke_security_group_egress(made, -1, -1, cidr_ips=['0.0.0.0/0'], protocol='-1'), True, 'return')
    equal(cloud.ex_authorize_security_group_egress(made, 443, 443, cidr_ips=['0.0.0.0/0']), True, 'return')
    equal([rule['to_port'] for rule in cloud.ex_get_security_groups(group_names=['libcloud'])[0].egress_rules], ['443'], 'egress')
    equal(sorted(cloud.ex_list_security_groups()), ['default', 'libcloud'], 'groups')
    equal(len(cloud.ex_authorize_security_group_permissive('libcloud')), 3, 'number of answers')
    return made


def sizes():
    return {size.id: size for size in cloud.list_sizes()}


@check('create_node with keys, groups, devices, user data, tags')
def node():
    made = cloud.create_node('lib & cloud', sizes()['t2.small'], image, location=location, ex_keyname='libcloud',
                             ex_userdata='#!/bin/sh\necho told by Libcloud\n', ex_security_group_ids=[group], ex_subnet=subnet,
                             ex_metadata={'team': 'a'}, ex_clienttoken='libcloud', ex_terminate_on_shutdown=True,
                             ex_blockdevicemappings=[{'DeviceName': one, 'Ebs.VolumeSize': 10, 'Ebs.VolumeType': 'gp2'}
                                                     for one in ROOT])
    equal((made.name, made.state), ('lib & cloud', NodeState.PENDING), 'node')
    cloud.wait_until_running([made], wait_period=0.3, timeout=120, ssh_interface=INTERFACE)
    found, = cloud.list_nodes(ex_filters={'tag:team': 'a'})
    equal((found.id, found.name, found.state), (made.id, 'lib & cloud', NodeState.RUNNING), 'node')
    extra = found.extra
    equal((extra['availability'], extra['instance_type'], extra['key_name']), (ZONE, 't2.small', 'libcloud'), 'facts')
    equal((extra['subnet_id'], [one['group_id'] for one in extra['groups']]), (subnet.id, [group]), 'subnet and group')
    equal([one['device_name'] for one in extra['block_device_mapping']], ROOT, 'devices')
    holds(found.private_ips[0].startswith('172.31.'), 'it has a private address')
    holds(found.public_ips or not can('publicAddresses'), 'it has a public address')
    return found


@check('create_node with a public key imports it', 'publicAddresses')
def _():
    line = subprocess.run(['ssh-keygen', '-y', '-f', 'key.pem'], check=True, capture_output=True, text=True).stdout
    made = cloud.create_node('by key', sizes()['t2.micro'], image, auth=NodeAuthSSHKey(line.strip() + ' me@here'),
                             ex_assign_public_ip=True, ex_subnet=subnet)
    cloud.wait_until_running([made], wait_period=0.3, timeout=120, ssh_interface=INTERFACE)
    key = cloud.list_nodes(ex_node_ids=[made.id])[0].extra['key_name']
    equal(key in [one.name for one in cloud.list_key_pairs()], True, 'the key is there')
    equal(cloud.destroy_node(made), True, 'return')


@check('get_console_output')
def _():
    output = eventually(lambda: cloud.ex_get_console_output(node)['output'] or '', lambda seen: 'told by Libcloud' in seen or seen and not can('userData'),
                        'user data on the console')
    holds(output, 'there is output')


@check('tags: create, describe, delete')
def _():
    equal(cloud.ex_create_tags(node, {'stage': 'test'}), True, 'return')
    equal(cloud.ex_describe_tags(node), {'Name': 'lib & cloud', 'team': 'a', 'stage': 'test'}, 'tags')
    equal(cloud.ex_delete_tags(node, {'stage': None}), True, 'return')
    equal(cloud.ex_describe_tags(node), {'Name': 'lib & cloud', 'team': 'a'}, 'tags')


@check('stop, another size, start, reboot')
def _():
    equal(cloud.stop_node(node), True, 'return')
    until('node', lambda: node_again(node).state, NodeState.STOPPED)
    if can('resize'):
        equal(cloud.ex_change_node_size(node, sizes()['t2.medium']), True, 'return')
    equal(cloud.start_node(node), True, 'return')
    until('node', lambda: node_again(node).state, NodeState.RUNNING)
    equal(node_again(node).extra['instance_type'], 't2.medium' if can('resize') else 't2.small', 'size')
    equal(cloud.reboot_node(node), True, 'return')


@check('volumes: create, attach, detach')
def volume():
    kind, iops = ('io1', 200) if can('performance') else ('gp2', 100)
    made = cloud.create_volume(6, 'data', location=location, ex_volume_type=kind,
                               ex_iops=iops if kind == 'io1' else None, ex_encrypted=can('encryption'))
    until('volume', lambda: cloud.list_volumes(ex_filters={'volume-id': made.id})[0].state, StorageVolumeState.AVAILABLE)
    found, = cloud.list_volumes(ex_filters={'tag:Name': 'data'})
    equal((found.name, found.size, found.extra['iops'], found.extra['volume_type']), ('data', 6, iops, kind), 'volume')
    equal(cloud.attach_volume(node, made, '/dev/sdf'), True, 'return')
    until('volume', lambda: cloud.list_volumes(ex_filters={'volume-id': made.id})[0].state, StorageVolumeState.INUSE)
    equal(sorted(one.extra['device'] for one in cloud.list_volumes(node=node)), ['/dev/sdf', *ROOT], 'devices')
    refused('VolumeInUse', cloud.destroy_volume, made)
    equal(cloud.detach_volume(made, ex_force=True), True, 'return')
    until('volume', lambda: cloud.list_volumes(ex_filters={'volume-id': made.id})[0].state, StorageVolumeState.AVAILABLE)
    return made


@check('snapshots: create, list, a volume of one')
def snapshot():
    made = cloud.create_volume_snapshot(volume, name='nightly', ex_metadata={'keep': '7'})
    until('snapshot', lambda: cloud.list_snapshots(snapshot=made)[0].state, VolumeSnapshotState.AVAILABLE)
    found, = cloud.list_volume_snapshots(volume)
    equal((found.id, found.name, found.size, found.extra['tags']), (made.id, 'nightly', 6, {'Name': 'nightly', 'keep': '7'}), 'snapshot')
    copy = cloud.create_volume(7, 'copy', location=location, snapshot=found, ex_volume_type='gp2')
    equal((copy.size, copy.extra['snapshot_id']), (7, made.id), 'volume')
    until('volume', lambda: cloud.list_volumes(ex_filters={'volume-id': copy.id})[0].state, StorageVolumeState.AVAILABLE)
    equal(cloud.destroy_volume(copy), True, 'return')
    return found


@check('images: create, share, register, delete', 'images')
def _():
    made = cloud.create_image(node, 'by libcloud', description='golden', reboot=False)
    until('image', lambda: cloud.get_image(made.id).extra['state'], 'available')
    equal(cloud.ex_modify_image_attribute(made, {'LaunchPermission.Add.1.UserId': other_account}), True, 'return')
    registered = cloud.ex_register_image('of libcloud', architecture='x86_64', root_device_name='/dev/sda1',
                                         virtualization_type='hvm', block_device_mapping=[
                                             {'DeviceName': '/dev/sda1', 'Ebs': {'SnapshotId': snapshot.id}}])
    own = cloud.list_images(ex_owner='self')
    equal(sorted(one.name for one in own), ['by libcloud', 'of libcloud'], 'own images')
    disks = [disk['ebs']['snapshot_id'] for one in own if one.id == made.id for disk in one.extra['block_device_mapping']]
    for one in (made, NodeImage(registered.id, None, cloud)):
        equal(cloud.delete_image(one), True, 'return')
    for one in cloud.list_snapshots(owner='self'):
        if one.id in disks:
            cloud.destroy_volume_snapshot(one)


@check('addresses: allocate, associate, disassociate, release', 'elasticIps')
def _():
    made = cloud.ex_allocate_address(domain='vpc')
    holds(made.extra['allocation_id'].startswith('eipalloc-'), 'it has an id')
    association = cloud.ex_associate_address_with_node(node, made, domain='vpc')
    equal(cloud.ex_describe_addresses_for_node(node), [made.ip], 'addresses of the node')
    found, = cloud.ex_describe_all_addresses(only_associated=True)
    equal((found.ip, found.extra['association_id']), (made.ip, association), 'address')
    equal(cloud.ex_disassociate_address(found, domain='vpc'), True, 'return')
    equal(cloud.ex_release_address(made, domain='vpc'), True, 'return')
    equal(cloud.ex_describe_all_addresses(), [], 'addresses')


@check('attributes and limits')
def _():
    equal(cloud.ex_modify_instance_attribute(node, {'DisableApiTermination.Value': True}), True, 'return')
    refused('OperationNotPermitted', cloud.destroy_node, node)
    equal(cloud.ex_modify_instance_attribute(node, {'DisableApiTermination.Value': False}), True, 'return')
    limits = cloud.ex_get_limits()['resource']
    holds(limits['max-instances'] > 0 and limits['vpc-max-elastic-ips'] > 0, 'limits are told')


@check('signatures: version 2 of old configurations, a wrong secret')
def _():
    equal([one.id for one in connect(signature_version='2').list_nodes(ex_filters={'tag:team': 'a'})], [node.id], 'nodes')
    for version in ('2', '4'):
        refused('AuthFailure', connect('wrong', signature_version=version).list_locations)


@check('destroy, delete, and nothing is left')
def _():
    equal(cloud.destroy_node(node), True, 'return')
    until('nodes', lambda: {one.state for one in cloud.list_nodes()}, {NodeState.TERMINATED})
    equal((cloud.destroy_volume(volume), cloud.destroy_volume_snapshot(snapshot)), (True, True), 'returns')
    until('volumes', lambda: cloud.list_volumes(), [])
    equal(cloud.ex_delete_security_group_by_id(group), True, 'return')
    for one in cloud.list_key_pairs():
        equal(cloud.delete_key_pair(one), True, 'return')
    equal((cloud.list_key_pairs(), cloud.list_snapshots(owner='self')), ([], []), 'keys and snapshots')
    equal(cloud.ex_list_security_groups(), ['default'], 'groups')


finish()
