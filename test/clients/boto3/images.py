"""boto3: own images."""
from cloud import ec2, ec2_of_other, filters, newest_image, refused, resource, tags_of, wait
from check import account, can, check, equal, finish, holds, other_account, zone_or


@check('every public image tells what tools read')
def _():
    images = ec2.describe_images(Filters=filters(is_public='true'))['Images']
    holds(len(images) > 40 if can('catalogue') else images, 'there are many images, or those of the cloud')
    equal(len({one['ImageId'] for one in images}), len(images), 'number of different images')
    for one in images:
        lacking = {'ImageId', 'Name', 'OwnerId', 'State', 'Architecture', 'CreationDate', 'ImageType', 'VirtualizationType',
                   'RootDeviceType', 'Public', 'ImageLocation', 'Hypervisor'} - set(one)
        equal(lacking - ({'VirtualizationType'} if one['ImageType'] != 'machine' else set()), set(), one['Name'] + ' lacks')


@check('images of both kinds of root, with a kernel and a ramdisk where they need them', 'catalogue')
def _():
    stores = ec2.describe_images(Filters=filters(root_device_type='instance-store', virtualization_type='paravirtual',
                                                 image_type='machine'))['Images']
    holds(any(one.get('KernelId', '').startswith('aki-') and one.get('RamdiskId', '').startswith('ari-')
              for one in stores), 'one has a kernel and a ramdisk')


@check('a machine with a second disk')
def machine():
    image = newest_image('136693071363', 'debian-12-amd64-*')['ImageId']
    made = ec2.run_instances(ImageId=image, InstanceType='t3.small', MinCount=1, MaxCount=1,
                             Placement={'AvailabilityZone': zone_or('us-east-1a')}, BlockDeviceMappings=[
                                 {'DeviceName': '/dev/sdf', 'Ebs': {'VolumeSize': 3}}])['Instances'][0]['InstanceId']
    wait('instance_running', InstanceIds=[made])
    return made


@check('create_image: dry run, then with tags for image and snapshots')
def image():
    asked = {'InstanceId': machine, 'Name': 'with data', 'Description': 'golden', 'NoReboot': True}
    refused('DryRunOperation', ec2.create_image, DryRun=True, **asked)
    made = ec2.create_image(TagSpecifications=[
        {'ResourceType': kind, 'Tags': [{'Key': 'of', 'Value': kind}]} for kind in ('image', 'snapshot')], **asked)['ImageId']
    wait('image_exists', ImageIds=[made])
    wait('image_available', ImageIds=[made])
    return made


@check('describe_images tells the devices that are volumes, each with its snapshot')
def snapshots():
    one, = ec2.describe_images(Owners=['self'], Filters=filters(name='with*', tag__of='image'))['Images']
    equal((one['ImageId'], one['State'], one['Public'], one['Description']), (image, 'available', False, 'golden'), 'image')
    equal(one['OwnerId'], account, 'owner')
    devices = {disk['DeviceName']: disk['Ebs'] for disk in one['BlockDeviceMappings']}
    equal({name: disk['VolumeSize'] for name, disk in devices.items()}, dict(
        {'/dev/xvda': 8} if can('rootVolumes') else {}, **{'/dev/sdf': 3}), 'sizes')
    made = [disk['SnapshotId'] for disk in devices.values()]
    found = ec2.describe_snapshots(SnapshotIds=made)['Snapshots']
    equal([(tags_of(snapshot), snapshot['State']) for snapshot in found], [({'of': 'snapshot'}, 'completed')] * len(made),
          'snapshots')
    holds(all(machine in snapshot['Description'] for snapshot in found), 'descriptions name the machine')
    return made


@check('a reboot on create_image, and a name only once')
def _():
    refused('InvalidAMIName.Duplicate', ec2.create_image, InstanceId=machine, Name='with data')
    made = resource.Instance(machine).create_image(Name='rebooted')
    wait('image_available', ImageIds=[made.id])
    disks = [disk['Ebs']['SnapshotId'] for disk in made.block_device_mappings]
    made.deregister()
    for one in disks:
        ec2.delete_snapshot(SnapshotId=one)


def permissions():
    found = ec2.describe_image_attribute(ImageId=image, Attribute='launchPermission')['LaunchPermissions']
    return sorted(one.get('UserId') or one['Group'] for one in found)


@check('launch permissions by both of their forms', 'publicImages', 'sharedSnapshots')
def _():
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={'Add': [{'UserId': other_account}, {'Group': 'all'}]})
    equal(permissions(), sorted([other_account, 'all']), 'permissions')
    ec2.modify_image_attribute(ImageId=image, Attribute='launchPermission', OperationType='remove', UserGroups=['all'])
    equal(permissions(), [other_account], 'permissions')


@check('the other account sees, filters and starts what it was given', 'sharedSnapshots')
def _():
    seen = ec2_of_other.describe_images(ExecutableUsers=['self'])['Images']
    equal([(one['ImageId'], one['OwnerId']) for one in seen], [(image, account)], 'images')
    refused('AuthFailure', ec2_of_other.modify_image_attribute, ImageId=image, Description={'Value': 'mine'})
    refused('AuthFailure', ec2_of_other.describe_image_attribute, ImageId=image, Attribute='launchPermission')
    made = ec2_of_other.run_instances(ImageId=image, InstanceType='t3.nano', MinCount=1, MaxCount=1)['Instances'][0]
    waiter = ec2_of_other.get_waiter('instance_running')
    waiter.wait(InstanceIds=[made['InstanceId']], WaiterConfig={'Delay': 1})
    ec2_of_other.terminate_instances(InstanceIds=[made['InstanceId']])


@check('reset_image_attribute makes it private again')
def _():
    ec2.reset_image_attribute(ImageId=image, Attribute='launchPermission')
    equal(permissions(), [], 'permissions')
    refused('InvalidAMIID.NotFound', ec2_of_other.describe_images, ImageIds=[image])


@check('description and other attributes')
def _():
    ec2.modify_image_attribute(ImageId=image, Description={'Value': 'plated'})
    described = ec2.describe_image_attribute(ImageId=image, Attribute='description')
    equal((described['ImageId'], described['Description']), (image, {'Value': 'plated'}), 'description')
    # EC2 does not tell the devices this way any more.
    refused('AuthFailure', ec2.describe_image_attribute, ImageId=image, Attribute='blockDeviceMapping')
    refused('InvalidParameterValue', ec2.describe_image_attribute, ImageId=image, Attribute='colour')


@check('register_image from a snapshot, with a kernel', 'catalogue')
def registered():
    kernel = ec2.describe_images(Filters=filters(image_type='kernel', architecture='x86_64'))['Images'][0]['ImageId']
    made = ec2.register_image(Name='registered', Architecture='x86_64', RootDeviceName='/dev/sda1', KernelId=kernel,
                              VirtualizationType='paravirtual', Description='by boto3', BlockDeviceMappings=[
                                  {'DeviceName': '/dev/sda1', 'Ebs': {'SnapshotId': snapshots[0], 'DeleteOnTermination': True}},
                                  {'DeviceName': '/dev/sdb', 'VirtualName': 'ephemeral0'}])['ImageId']
    one = ec2.describe_images(ImageIds=[made])['Images'][0]
    equal((one['KernelId'], one['VirtualizationType'], one['RootDeviceType']), (kernel, 'paravirtual', 'ebs'), 'image')
    equal(one['BlockDeviceMappings'][1], {'DeviceName': '/dev/sdb', 'VirtualName': 'ephemeral0'}, 'second device')
    equal(ec2.describe_image_attribute(ImageId=made, Attribute='kernel')['KernelId'], {'Value': kernel}, 'kernel')
    return made


@check('a machine starts from an own image')
def _():
    made = ec2.run_instances(ImageId=image, InstanceType='t3.small', MinCount=1, MaxCount=1)['Instances'][0]['InstanceId']
    wait('instance_running', InstanceIds=[made])
    volumes = ec2.describe_volumes(Filters=filters(**{'attachment.instance_id': made}))['Volumes']
    equal(sorted(one['SnapshotId'] for one in volumes), sorted(snapshots), 'snapshots of its volumes')
    ec2.terminate_instances(InstanceIds=[made])
    wait('instance_terminated', InstanceIds=[made])


@check('deregister_image, and nothing is left')
def _():
    for one in [image] + ([registered] if can('catalogue') else []):
        ec2.deregister_image(ImageId=one)
    refused('InvalidAMIID.Unavailable', ec2.deregister_image, ImageId=image)
    ec2.terminate_instances(InstanceIds=[machine])
    wait('instance_terminated', InstanceIds=[machine])
    for one in snapshots:
        ec2.delete_snapshot(SnapshotId=one)
    for one in ec2.describe_volumes()['Volumes']:
        ec2.delete_volume(VolumeId=one['VolumeId'])
    equal(ec2.describe_images(Owners=['self'])['Images'], [], 'Images')
    equal(ec2.describe_snapshots(OwnerIds=['self'])['Snapshots'], [], 'Snapshots')


finish()
