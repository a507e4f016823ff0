"""boto3: volumes and snapshots."""
from cloud import ec2, ec2_of_other, filters, newest_image, refused, resource, tags_of, wait
from check import account, can, check, equal, eventually, finish, holds, zone_or

ZONE = zone_or('us-east-1b')
# In GiB, and how fast.
SIZE, LARGER, SLOWER = (100, 150, 'st1') if can('performance') else (2, 3, 'gp2')
SPEED = {'Throughput': 250, 'Iops': 4000} if can('performance') else {}


@check('a machine to attach to')
def machine():
    image = newest_image('amazon', 'amzn2-ami-hvm-*-x86_64-gp2')['ImageId']
    made = ec2.run_instances(ImageId=image, InstanceType='t2.micro', MinCount=1, MaxCount=1,
                             Placement={'AvailabilityZone': ZONE})['Instances'][0]['InstanceId']
    wait('instance_running', InstanceIds=[made])
    return made


def create(**more):
    return ec2.create_volume(**{'AvailabilityZone': ZONE, 'Size': SIZE, 'VolumeType': 'gp3', **SPEED,
                                'ClientToken': 'boto3-volume', **more})


@check('create_volume: dry run, idempotency, and what was asked for')
def volume():
    refused('DryRunOperation', create, DryRun=True)
    made = create(TagSpecifications=[{'ResourceType': 'volume', 'Tags': [{'Key': 'Name', 'Value': 'db'}]}])
    equal((made['State'], made['Size']), ('creating', SIZE), 'volume')
    equal({name: made[name] for name in SPEED}, SPEED, 'speed')
    holds(made['CreateTime'].tzinfo is not None, 'CreateTime is a time')
    refused('IdempotentParameterMismatch', create, Size=SIZE + 1)
    wait('volume_available', VolumeIds=[made['VolumeId']])
    return made['VolumeId']


@check('parameters that do not fit are refused by name')
def _():
    for code, asked in (('InvalidParameterValue', {'Size': 0}), ('UnknownVolumeType', {'VolumeType': 'fast'}),
                        ('InvalidParameterCombination', {'VolumeType': 'gp2', 'Iops': 4000}),
                        ('InvalidSnapshot.NotFound', {'SnapshotId': 'snap-00000000000000000'})):
        plain = {'AvailabilityZone': ZONE, 'Size': 10, **asked}
        refused(code, ec2.create_volume, **plain)


@check('attach_volume by the resource, wait volume_in_use, filters of attachments')
def _():
    answer = resource.Volume(volume).attach_to_instance(InstanceId=machine, Device='/dev/xvdf')
    equal((answer['State'], answer['Device'], answer['VolumeId']), ('attaching', '/dev/xvdf', volume), 'attachment')
    wait('volume_in_use', VolumeIds=[volume])
    attached = eventually(lambda: ec2.describe_volumes(Filters=filters(**{'attachment.status': 'attached',
                                                                          'attachment.device': '/dev/xvdf'}))['Volumes'],
                          len, 'the attachment')
    equal([one['VolumeId'] for one in attached], [volume], 'volumes attached as /dev/xvdf')
    device = ec2.describe_instances(InstanceIds=[machine])['Reservations'][0]['Instances'][0]['BlockDeviceMappings']
    root = {'/dev/xvda'} if can('rootVolumes') else set()
    equal({one['DeviceName'] for one in device}, root | {'/dev/xvdf'}, 'devices of the machine')


@check('a device is taken once, a volume once')
def _():
    free = ec2.create_volume(AvailabilityZone=ZONE, Size=1, VolumeType='standard')['VolumeId']
    wait('volume_available', VolumeIds=[free])
    refused('InvalidParameterValue', ec2.attach_volume, VolumeId=free, InstanceId=machine, Device='/dev/xvdf')
    refused('VolumeInUse', ec2.attach_volume, VolumeId=volume, InstanceId=machine, Device='/dev/xvdg')
    ec2.delete_volume(VolumeId=free)
    wait('volume_deleted', VolumeIds=[free])


def attach():
    ec2.attach_volume(VolumeId=volume, InstanceId=machine, Device='/dev/xvdf')
    wait('volume_in_use', VolumeIds=[volume])


def free(**more):
    ec2.detach_volume(VolumeId=volume, **more)
    wait('volume_available', VolumeIds=[volume])


@check('create_snapshot: pending, then completed')
def snapshot():
    if not can('attachedSnapshots'):
        free()
    made = ec2.create_snapshot(VolumeId=volume, Description='nightly', TagSpecifications=[
        {'ResourceType': 'snapshot', 'Tags': [{'Key': 'retain', 'Value': '7'}]}])
    equal((made['State'], made['OwnerId'], made['VolumeSize']), ('pending', account, SIZE), 'snapshot')
    wait('snapshot_completed', SnapshotIds=[made['SnapshotId']])
    if not can('attachedSnapshots'):
        attach()
    return made['SnapshotId']


@check('describe_snapshots by a paginator, filters and owners')
def _():
    pages = ec2.get_paginator('describe_snapshots').paginate(
        OwnerIds=['self'], Filters=filters(description='night*', tag__retain='7', volume_size=str(SIZE), progress='100%'))
    found = [one for page in pages for one in page['Snapshots']]
    equal([one['SnapshotId'] for one in found], [snapshot], 'snapshots')
    equal(tags_of(found[0]), {'retain': '7'}, 'Tags')
    refused('InvalidSnapshot.NotFound', ec2_of_other.describe_snapshots, SnapshotIds=[snapshot])
    refused('InvalidSnapshot.NotFound', ec2_of_other.delete_snapshot, SnapshotId=snapshot)


@check('a larger volume from the snapshot')
def bigger():
    made = ec2.create_volume(AvailabilityZone=ZONE, SnapshotId=snapshot, Size=LARGER, VolumeType=SLOWER)
    equal((made['SnapshotId'], made['Size'], made['VolumeType']), (snapshot, LARGER, SLOWER), 'volume')
    wait('volume_available', VolumeIds=[made['VolumeId']])
    return made['VolumeId']


@check('pages of five, and the errors of pages')
def _():
    extra = [ec2.create_volume(AvailabilityZone=ZONE, Size=1)['VolumeId'] for _ in range(6)]
    pages = list(ec2.get_paginator('describe_volumes').paginate(PaginationConfig={'PageSize': 5}))
    holds(len(pages) > 1, 'there is more than one page')
    ids = [one['VolumeId'] for page in pages for one in page['Volumes']]
    equal((len(ids), len(set(ids))), (9, 9) if can('rootVolumes') else (8, 8), 'number of volumes on all pages')
    refused('InvalidParameterCombination', ec2.describe_volumes, VolumeIds=extra, MaxResults=5)
    refused('InvalidParameterValue', ec2.describe_volumes, NextToken='made up', MaxResults=5)
    wait('volume_available', VolumeIds=extra)
    for one in extra:
        ec2.delete_volume(VolumeId=one)
    wait('volume_deleted', VolumeIds=extra)


@check('modify_volume: another size and type while it is in use', 'performance')
def _():
    change = ec2.modify_volume(VolumeId=volume, Size=120, VolumeType='io2', Iops=1000)['VolumeModification']
    equal((change['ModificationState'], change['TargetVolumeType'], change['OriginalSize']),
          ('modifying', 'io2', 100), 'modification')
    done = eventually(lambda: ec2.describe_volumes_modifications(
        Filters=filters(**{'volume_id': volume, 'modification_state': 'completed'}))['VolumesModifications'],
                      len, 'the end of the modification')
    equal((done[0]['TargetSize'], done[0]['Progress']), (120, 100), 'what was done')
    now = ec2.describe_volumes(VolumeIds=[volume])['Volumes'][0]
    equal((now['Size'], now['VolumeType'], now['Iops'], now['State']), (120, 'io2', 1000, 'in-use'), 'volume')


@check('detach_volume, with and without naming the machine')
def _():
    refused('InvalidAttachment.NotFound', ec2.detach_volume, VolumeId=volume, InstanceId=machine, Device='/dev/sdz')
    equal(ec2.detach_volume(VolumeId=volume, InstanceId=machine)['State'], 'detaching', 'State')
    wait('volume_available', VolumeIds=[volume])
    attach()
    free(Force=True)


@check('the root volume stays while the machine runs', 'rootVolumes')
def _():
    root = ec2.describe_volumes(Filters=filters(**{'attachment.instance_id': machine}))['Volumes'][0]['VolumeId']
    refused('OperationNotPermitted', ec2.detach_volume, VolumeId=root)


@check('another account sees none of it')
def _():
    refused('InvalidVolume.NotFound', ec2_of_other.describe_volumes, VolumeIds=[volume])
    refused('InvalidVolume.NotFound', ec2_of_other.delete_volume, VolumeId=volume)
    equal(ec2_of_other.describe_volumes()['Volumes'], [], 'volumes of the other account')


@check('delete, and nothing is left')
def _():
    ec2.delete_snapshot(SnapshotId=snapshot)
    refused('InvalidSnapshot.NotFound', ec2.describe_snapshots, SnapshotIds=[snapshot])
    for one in (volume, bigger):
        ec2.delete_volume(VolumeId=one)
    wait('volume_deleted', VolumeIds=[volume, bigger])
    ec2.terminate_instances(InstanceIds=[machine])
    wait('instance_terminated', InstanceIds=[machine])
    equal(ec2.describe_volumes()['Volumes'], [], 'Volumes')
    equal(ec2.describe_snapshots(OwnerIds=['self'])['Snapshots'], [], 'Snapshots')


finish()
