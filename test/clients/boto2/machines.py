"""boto 2: machines, volumes, snapshots and images."""
from boto.ec2.blockdevicemapping import BlockDeviceMapping, BlockDeviceType
from cloud import SignatureTwo, connect, ec2, newest_image, refused, until
from check import account, can, check, equal, eventually, finish, holds, only_image, other_account, zone_or


@check('get_all_zones')
def zone():
    zones = ec2.get_all_zones(filters={'state': 'available'})
    equal({one.region_name for one in zones}, {'us-east-1'}, 'region')
    if can('manyZones'):
        equal(sorted(one.name[-1] for one in zones), list('abcdef'), 'zones')
    return zone_or(zones[0].name)


@check('get_all_images by owner and name; kernels and ramdisks')
def image():
    found = newest_image('amazon', 'amzn2-ami-hvm-*-x86_64-gp2')
    equal((found.architecture, found.is_public), ('x86_64', True), 'image')
    if not only_image:
        equal((found.root_device_type, found.block_device_mapping['/dev/xvda'].size), ('ebs', 8), 'root device')
    holds(all(one.id.startswith('aki-') for one in ec2.get_all_kernels()), 'kernels have ids of kernels')
    holds(all(one.id.startswith('ari-') for one in ec2.get_all_ramdisks()), 'ramdisks have ids of ramdisks')
    return found


@check('run_instances with devices, user data and a client token')
def reservation():
    devices = BlockDeviceMapping()
    if can('rootVolumes'):
        devices['/dev/xvda'] = BlockDeviceType(size=10, volume_type='gp2', delete_on_termination=True)
        devices['/dev/sdb'] = BlockDeviceType(ephemeral_name='ephemeral0')

    def launch(**more):
        return ec2.run_instances(image.id, min_count=2, max_count=2, instance_type='m3.medium', user_data='#!/bin/sh\necho boto two\n',
                                 placement=zone, block_device_map=devices, client_token='boto-two',
                                 instance_initiated_shutdown_behavior='terminate', **more)

    refused('DryRunOperation', launch, dry_run=True)
    made = launch()
    equal((len(made.instances), made.owner_id), (2, account), 'number and owner')
    equal(made.instances[0].state, 'pending', 'state')
    equal(sorted(one.id for one in launch().instances), sorted(one.id for one in made.instances), 'instances for the same token')
    for one in made.instances:
        until(one, 'running')
    return made


@check('get_only_instances and get_all_reservations by filters')
def _():
    first = reservation.instances[0]
    first.add_tag('Name', 'old & gold')
    found = ec2.get_only_instances(filters={'tag:Name': 'old*', 'instance_state_name': 'running'})
    equal([one.id for one in found], [first.id], 'instances by tag')
    one = found[0]
    equal((one.tags, one.placement, one.state_code, one.image_id), ({'Name': 'old & gold'}, zone, 16, image.id), 'instance')
    if can('rootVolumes'):
        equal((one.root_device_name, one.block_device_mapping['/dev/xvda'].status), ('/dev/xvda', 'attached'), 'root device')
    holds(one.private_ip_address.startswith('172.31.'), 'it has a private address')
    holds(one.ip_address or not can('publicAddresses'), 'it has a public address')
    equal(one.groups[0].name, 'default', 'group')
    equal([one.id for one in ec2.get_all_reservations(instance_ids=[first.id])], [reservation.id], 'reservations')
    refused('InvalidInstanceID.NotFound', ec2.get_all_instances, instance_ids=['i-00000000000000000'])


@check('get_all_instance_status')
def _():
    statuses = eventually(lambda: ec2.get_all_instance_status(instance_ids=[one.id for one in reservation.instances]),
                          lambda seen: [one.instance_status.status for one in seen] == ['ok', 'ok'], 'status ok')
    equal((statuses[0].state_name, statuses[0].system_status.status), ('running', 'ok'), 'status')


@check('get_console_output')
def _():
    first = reservation.instances[0]
    eventually(lambda: first.get_console_output().output or b'', lambda seen: b'boto two' in seen or seen and not can('userData'),
               'user data on the console')


@check('attributes: get, modify')
def _():
    first = reservation.instances[0]
    equal(first.get_attribute('instanceType')['instanceType'], 'm3.medium', 'instanceType')
    equal(first.get_attribute('disableApiTermination')['disableApiTermination'], False, 'disableApiTermination')
    first.modify_attribute('disableApiTermination', True)
    equal(first.get_attribute('disableApiTermination')['disableApiTermination'], True, 'disableApiTermination')
    refused('OperationNotPermitted', first.terminate)
    first.modify_attribute('disableApiTermination', False)
    equal(first.get_attribute('rootDeviceName')['rootDeviceName'], image.root_device_name, 'rootDeviceName')


@check('stop, another type, start, reboot')
def _():
    first = reservation.instances[0]
    equal([one.state for one in ec2.stop_instances([first.id])], ['stopping'], 'state')
    until(first, 'stopped')
    if can('resize'):
        first.modify_attribute('instanceType', 'm3.large')
    equal([one.state for one in ec2.start_instances([first.id])], ['pending'], 'state')
    until(first, 'running')
    equal(first.instance_type, 'm3.large' if can('resize') else 'm3.medium', 'instance_type')
    equal(ec2.reboot_instances([first.id]), True, 'return')


@check('volumes: create, attach, detach')
def volume():
    encrypted = can('encryption')
    kind, iops = ('io1', 150) if can('performance') else ('gp2', 100)
    made = ec2.create_volume(5, zone, volume_type=kind, iops=iops if kind == 'io1' else None, encrypted=encrypted)
    equal((made.status, made.size, made.iops, made.encrypted), ('creating', 5, iops, encrypted), 'volume')
    until(made, 'available')
    made.add_tags({'a': '1', 'b': ''})
    first = reservation.instances[0]
    equal(made.attach(first.id, '/dev/sdf'), 'attaching', 'state')
    eventually(lambda: (made.update(), made.attachment_state()), lambda seen: seen == ('in-use', 'attached'), 'the attachment')
    equal((made.attach_data.instance_id, made.attach_data.device), (first.id, '/dev/sdf'), 'attachment')
    found = ec2.get_all_volumes(filters={'attachment.instance-id': first.id, 'tag:a': '1'})
    equal([one.id for one in found], [made.id], 'volumes by filter')
    equal(made.detach(), 'detaching', 'state')
    until(made, 'available')
    return made


@check('snapshots: create, describe, a volume of one')
def snapshot():
    made = volume.create_snapshot('by boto two')
    eventually(lambda: made.update(), lambda progress: progress == '100%', 'the end of the snapshot')
    equal((made.status, made.volume_size, made.owner_id), ('completed', 5, account), 'snapshot')
    found = ec2.get_all_snapshots(owner='self', filters={'volume-id': volume.id})
    equal([(one.id, one.description) for one in found], [(made.id, 'by boto two')], 'snapshots')
    copy = made.create_volume(zone, size=6)
    equal((copy.size, copy.snapshot_id), (6, made.id), 'volume of the snapshot')
    until(copy, 'available')
    equal(copy.delete(), True, 'return')
    return made


@check('images: create, share, unshare, register, deregister', 'images')
def _():
    made = ec2.create_image(reservation.instances[1].id, 'boto two', description='old', no_reboot=True)
    own = ec2.get_image(made)
    until(own, 'available')
    equal((own.name, own.description, own.is_public, own.owner_id), ('boto two', 'old', False, account), 'image')
    equal(own.set_launch_permissions(user_ids=[other_account]), True, 'return')
    equal(own.get_launch_permissions(), {'user_ids': [other_account]}, 'permissions')
    own.set_launch_permissions(group_names=['all'])
    equal(ec2.get_image(made).is_public, True, 'is_public')
    equal(own.reset_launch_attributes(), True, 'return')
    equal(own.get_launch_permissions(), {}, 'permissions')
    registered = ec2.register_image(name='of a snapshot', architecture='x86_64', root_device_name='/dev/sda1',
                                    snapshot_id=snapshot.id, virtualization_type='hvm')
    equal(ec2.get_image(registered).block_device_mapping['/dev/sda1'].snapshot_id, snapshot.id, 'snapshot')
    equal(ec2.deregister_image(registered), True, 'return')
    equal(own.deregister(), True, 'return')
    equal(ec2.delete_snapshot(own.block_device_mapping['/dev/xvda'].snapshot_id), True, 'return')
    equal(ec2.get_all_images(owners=['self']), [], 'own images')


@check('SigV2 with HmacSHA256, by GET and by POST')
def _():
    old = connect(SignatureTwo)
    equal(old._auth_handler.SignatureVersion, 2, 'version of the signature')
    equal(len(old.get_only_instances(filters={'instance-state-name': 'running'})), 2, 'number of machines')
    refused('DryRunOperation', old.run_instances, image.id, user_data='x', dry_run=True)
    refused('AuthFailure', connect(SignatureTwo, 'wrong').get_all_zones)
    refused('AuthFailure', connect(secret='wrong').get_all_zones)


@check('terminate, delete, and nothing is left')
def _():
    ids = [one.id for one in reservation.instances]
    equal({one.state for one in ec2.terminate_instances(ids)}, {'shutting-down'}, 'states')
    for one in reservation.instances:
        until(one, 'terminated')
    snapshot.delete()
    equal(ec2.delete_volume(volume.id), True, 'return')
    eventually(lambda: ec2.get_all_volumes(), lambda seen: seen == [], 'the end of all volumes')
    equal(ec2.get_all_snapshots(owner='self'), [], 'snapshots')


finish()
