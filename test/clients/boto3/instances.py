"""boto3: machines, from RunInstances with everything to their end, with clients, resources, waiters and paginators."""
import base64

from cloud import ec2, filters, newest_image, refused, resource, tags_of, wait
from check import account, can, check, equal, eventually, finish, holds, only_image, zone_or

ZONE = zone_or('us-east-1c')
SCRIPT = '#cloud-config\npackages: [nginx]\nruncmd:\n  - echo "told by boto3"\n'


@check('the newest Ubuntu is found by owner and name')
def image():
    found = newest_image('099720109477', 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*')
    equal(found['Architecture'], 'x86_64', 'architecture')
    if not only_image:
        equal(found['OwnerId'], '099720109477', 'owner')
    return found


@check('a key and a group to start with')
def group():
    ec2.create_key_pair(KeyName='boto3')
    made = ec2.create_security_group(GroupName='boto3', Description='for boto3')['GroupId']
    ec2.authorize_security_group_ingress(GroupId=made, IpProtocol='tcp', FromPort=80, ToPort=80, CidrIp='0.0.0.0/0')
    return made


OPTIMIZED = can('ebsOptimized')
ROOT = ['/dev/sda1'] if can('rootVolumes') else []


def launch(**more):
    asked = {
        'ImageId': image['ImageId'], 'InstanceType': 'c5.large', 'MinCount': 2, 'MaxCount': 2, 'KeyName': 'boto3',
        'SecurityGroupIds': [group], 'UserData': SCRIPT, 'ClientToken': 'boto3-once', 'EbsOptimized': OPTIMIZED,
        'Placement': {'AvailabilityZone': ZONE}, 'Monitoring': {'Enabled': True},
        'InstanceInitiatedShutdownBehavior': 'terminate', 'DisableApiTermination': True,
        'BlockDeviceMappings': [
            *([{'DeviceName': '/dev/sda1', 'Ebs': {'VolumeSize': 16, 'VolumeType': 'io1', 'Iops': 500, 'Encrypted': True}},
               {'DeviceName': '/dev/sdb', 'VirtualName': 'ephemeral0'}] if can('rootVolumes') else []),
            {'DeviceName': '/dev/sdh', 'Ebs': {'VolumeSize': 1, 'DeleteOnTermination': True}},
        ],
        'TagSpecifications': [{'ResourceType': 'instance', 'Tags': [{'Key': 'Name', 'Value': 'ünï côdé'}]}],
    }
    return ec2.run_instances(**{**asked, **more})


@check('run_instances as a dry run raises DryRunOperation with 412')
def _():
    error = refused('DryRunOperation', launch, DryRun=True)
    equal(error.response['ResponseMetadata']['HTTPStatusCode'], 412, 'HTTP status')
    holds(error.response['ResponseMetadata']['RequestId'], 'there is a request id')


@check('run_instances starts two in the zone asked for')
def ids():
    made = launch()
    equal((made['OwnerId'], len(made['Instances'])), (account, 2), 'owner and number')
    for one in made['Instances']:
        equal(one['State'], {'Code': 0, 'Name': 'pending'}, 'State')
        equal(one['Placement']['AvailabilityZone'], ZONE, 'AvailabilityZone')
        holds(one['LaunchTime'].tzinfo is not None, 'LaunchTime is a time')
    return sorted(one['InstanceId'] for one in made['Instances'])


@check('the same client token returns the same two, another request with it is refused')
def _():
    equal(sorted(one['InstanceId'] for one in launch()['Instances']), ids, 'instances')
    refused('IdempotentParameterMismatch', launch, MaxCount=3)


@check('waiters: instance_exists, instance_running, instance_status_ok, system_status_ok')
def _():
    for name in ('instance_exists', 'instance_running', 'instance_status_ok', 'system_status_ok'):
        wait(name, InstanceIds=ids)


@check('a paginator with filters sees both, with all that was asked for')
def described():
    pages = ec2.get_paginator('describe_instances').paginate(
        Filters=filters(tag__Name='ünï*', instance_type='c5.*', availability_zone=ZONE, key_name='boto3',
                        instance_state_code='16', **{'instance.group_id': group}),
        PaginationConfig={'PageSize': 5})
    found = [one for page in pages for reservation in page['Reservations'] for one in reservation['Instances']]
    equal(sorted(one['InstanceId'] for one in found), ids, 'instances')
    one = found[0]
    equal(tags_of(one), {'Name': 'ünï côdé'}, 'Tags')
    facts = (one['EbsOptimized'], one['Monitoring']['State'], one['RootDeviceName'])
    equal(facts, (OPTIMIZED, 'enabled', image['RootDeviceName']), 'facts')
    equal(sorted(disk['DeviceName'] for disk in one['BlockDeviceMappings']), [*ROOT, '/dev/sdh'], 'devices')
    holds(one['PrivateDnsName'].startswith('ip-172-31-'), 'PrivateDnsName is made of the address')
    equal(one['NetworkInterfaces'][0]['Groups'][0]['GroupId'], group, 'group of the interface')
    return one


@check('volumes of the launch are as asked', 'rootVolumes')
def _():
    found = ec2.describe_volumes(Filters=filters(**{'attachment.instance_id': ids[0]}))['Volumes']
    root = next(one for one in found if one['Attachments'][0]['Device'] == '/dev/sda1')
    equal((root['Size'], root['VolumeType'], root['Iops'], root['Encrypted']), (16, 'io1', 500, True), 'root volume')
    equal(root['Attachments'][0]['DeleteOnTermination'], True, 'DeleteOnTermination')


@check('get_console_screenshot is refused where machines have no screen')
def _():
    refused('UnsupportedOperation', ec2.get_console_screenshot, InstanceId=ids[0])


@check('get_console_output comes decoded and tells of user data')
def _():
    eventually(lambda: ec2.get_console_output(InstanceId=ids[0]),
               lambda answer: answer.get('Output') and ('told by boto3' in answer['Output'] or not can('userData')),
               'user data on the console')


def attribute(name):
    answer = ec2.describe_instance_attribute(InstanceId=ids[0], Attribute=name)
    return answer[name[0].upper() + name[1:]]


@check('describe_instance_attribute, each as launched')
def _():
    equal(base64.b64decode(attribute('userData')['Value']).decode(), SCRIPT, 'userData')
    expected = {'instanceType': 'c5.large', 'disableApiTermination': True, 'ebsOptimized': OPTIMIZED,
                'instanceInitiatedShutdownBehavior': 'terminate', 'rootDeviceName': image['RootDeviceName'], 'enaSupport': image['EnaSupport'],
                'sourceDestCheck': True, 'disableApiStop': False}
    equal({name: attribute(name).get('Value') for name in expected}, expected, 'attributes')
    for name, member in (('kernel', 'KernelId'), ('ramdisk', 'RamdiskId')):
        answer = ec2.describe_instance_attribute(InstanceId=ids[0], Attribute=name)
        equal(answer.get(member, {}), {}, name)


@check('terminate_instances refuses what is protected and leaves the others')
def _():
    refused('OperationNotPermitted', ec2.terminate_instances, InstanceIds=ids)
    for one in ids:
        ec2.modify_instance_attribute(InstanceId=one, DisableApiTermination={'Value': False})


@check('modify_instance_attribute of a running machine')
def _():
    first = ids[0]
    ec2.modify_instance_attribute(InstanceId=first, InstanceInitiatedShutdownBehavior={'Value': 'stop'})
    ec2.modify_instance_attribute(InstanceId=first, BlockDeviceMappings=[
        {'DeviceName': '/dev/sdh', 'Ebs': {'DeleteOnTermination': False}}])
    equal(attribute('instanceInitiatedShutdownBehavior'), {'Value': 'stop'}, 'shutdown behaviour')
    mappings = ec2.describe_instance_attribute(InstanceId=first, Attribute='blockDeviceMapping')['BlockDeviceMappings']
    disks = {disk['DeviceName']: disk['Ebs']['DeleteOnTermination'] for disk in mappings}
    equal(disks, {**{device: True for device in ROOT}, '/dev/sdh': False}, 'DeleteOnTermination')
    refused('IncorrectInstanceState', ec2.modify_instance_attribute, InstanceId=first, UserData={'Value': b'#!/bin/sh\n'})


@check('a running machine may carry traffic of others', 'sourceDestCheck')
def _():
    ec2.modify_instance_attribute(InstanceId=ids[0], SourceDestCheck={'Value': False})
    equal(attribute('sourceDestCheck'), {'Value': False}, 'sourceDestCheck')


@check('another group is put on a machine')
def _():
    other = ec2.create_security_group(GroupName='boto3-other', Description='another')['GroupId']
    ec2.modify_instance_attribute(InstanceId=ids[0], Groups=[group, other])
    groups = ec2.describe_instance_attribute(InstanceId=ids[0], Attribute='groupSet')['Groups']
    equal(sorted(one['GroupId'] for one in groups), sorted([group, other]), 'groups')
    ec2.modify_instance_attribute(InstanceId=ids[0], Groups=[group])
    ec2.delete_security_group(GroupId=other)


@check('stop, change type and user data, start')
def _():
    stopping = ec2.stop_instances(InstanceIds=[ids[0]])['StoppingInstances'][0]
    equal((stopping['PreviousState']['Name'], stopping['CurrentState']['Name']), ('running', 'stopping'), 'states')
    wait('instance_stopped', InstanceIds=[ids[0]])
    if can('resize'):
        ec2.modify_instance_attribute(InstanceId=ids[0], InstanceType={'Value': 'c5.xlarge'})
    ec2.modify_instance_attribute(InstanceId=ids[0], UserData={'Value': b'#!/bin/sh\necho again\n'})
    equal(base64.b64decode(attribute('userData')['Value']), b'#!/bin/sh\necho again\n', 'userData')
    refused('IncorrectInstanceState', ec2.reboot_instances, InstanceIds=[ids[0]])
    starting = ec2.start_instances(InstanceIds=[ids[0]])['StartingInstances'][0]
    equal((starting['PreviousState']['Name'], starting['CurrentState']['Name']), ('stopped', 'pending'), 'states')
    wait('instance_running', InstanceIds=[ids[0]])
    equal(attribute('instanceType'), {'Value': 'c5.xlarge' if can('resize') else 'c5.large'}, 'instanceType')


@check('reboot_instances of two')
def _():
    ec2.reboot_instances(InstanceIds=ids)
    found = ec2.describe_instance_status(InstanceIds=ids, Filters=filters(instance_state_name='running'))
    equal(len(found['InstanceStatuses']), 2, 'number of running machines')


@check('the resource interface: collections, attributes, tags, waiters')
def _():
    machine = resource.Instance(ids[1])
    equal((machine.state['Name'], machine.key_name), ('running', 'boto3'), 'state and key')
    machine.create_tags(Tags=[{'Key': 'by', 'Value': 'resource'}])
    found = list(resource.instances.filter(Filters=filters(tag__by='resource')))
    equal([one.id for one in found], [ids[1]], 'instances by tag')
    equal(len(list(machine.volumes.all())), len(ROOT) + 1, 'number of volumes')


@check('errors carry EC2’s codes')
def _():
    refused('InvalidInstanceID.NotFound', ec2.start_instances, InstanceIds=['i-00000000000000000'])
    refused('InvalidInstanceID.Malformed', ec2.describe_instances, InstanceIds=['x-12345678'])
    refused('InvalidKeyPair.NotFound', launch, ClientToken='boto3-2', KeyName='nobody’s')
    refused('InvalidGroup.NotFound', launch, ClientToken='boto3-3', SecurityGroupIds=['sg-00000000000000000'])
    refused('InvalidParameterCombination', ec2.run_instances, ImageId=image['ImageId'], MinCount=1, MaxCount=1,
            SubnetId=described['SubnetId'], SecurityGroups=['boto3'])
    refused('MissingParameter', ec2.run_instances, InstanceType='c5.large', MinCount=1, MaxCount=1)


@check('terminate_instances, and nothing is left')
def _():
    ending = ec2.terminate_instances(InstanceIds=ids)['TerminatingInstances']
    equal({one['CurrentState']['Name'] for one in ending}, {'shutting-down'}, 'states')
    wait('instance_terminated', InstanceIds=ids)
    kept = [one['VolumeId'] for one in ec2.describe_volumes()['Volumes']]
    equal(len(kept), 1, 'number of volumes, one of which was to stay')
    ec2.delete_volume(VolumeId=kept[0])
    wait('volume_deleted', VolumeIds=kept)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_key_pair(KeyName='boto3')
    left = ec2.describe_instances(Filters=filters(instance_state_name=['pending', 'running', 'stopping', 'stopped']))
    equal((left['Reservations'], ec2.describe_volumes()['Volumes']), ([], []), 'what is left')


finish()
