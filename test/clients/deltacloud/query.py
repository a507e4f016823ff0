"""Deltacloud's client and euca2ools, by the requests that they send: GET, API version 2012-05-01, signatures of version 2
with HmacSHA256 and HmacSHA1, and answers read as leniently as those programs read them: by the names of elements, whatever
the namespace. Neither program is in Debian any more, so this one signs by itself."""
import base64
import hashlib
import hmac
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'checks'))

import check as checks  # noqa: E402
from check import (access_key, account, can, check, endpoint, equal, eventually, finish, holds, host, only_image, port,  # noqa: E402
                   secret_key, zone_or)

DIGESTS = {'HmacSHA256': hashlib.sha256, 'HmacSHA1': hashlib.sha1}


class Refusal(Exception):
    def __init__(self, status, root):
        super().__init__('%s %s: %s' % (status, text(root, 'Code'), text(root, 'Message')))
        self.status = status
        self.code = text(root, 'Code')


def named(root, name):
    """All elements of that name, wherever they are and in whatever namespace."""
    return [element for element in root.iter() if element.tag.split('}')[-1] == name]


def text(root, name):
    found = named(root, name)
    return found[0].text if found else None


def items(root, name):
    """The members of a list."""
    found = named(root, name)
    return list(found[0]) if found else []


def signed(path, params, method, secret):
    """The query with its signature of version 2."""
    quote = urllib.parse.quote
    query = '&'.join('%s=%s' % (quote(name, safe='-_.~'), quote(str(params[name]), safe='-_.~')) for name in sorted(params))
    string = '\n'.join(('GET', '%s:%d' % (host, port), path, query))
    digest = hmac.new(secret.encode(), string.encode(), DIGESTS[method]).digest()
    return query + '&Signature=' + quote(base64.b64encode(digest).decode(), safe='')


def call(action, method='HmacSHA256', path='/', secret=secret_key, version='2012-05-01', stamp=None, **params):
    """One request. Underscores in names of parameters stand for dots. Returns the root of the answer."""
    asked = {name.replace('_', '.'): value for name, value in params.items()}
    asked.update({'Action': action, 'Version': version, 'AWSAccessKeyId': access_key, 'SignatureVersion': '2',
                  'SignatureMethod': method,
                  'Timestamp': stamp or time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())})
    try:
        with urllib.request.urlopen('%s%s?%s' % (endpoint, path, signed(path, asked, method, secret))) as answer:
            root = xml.etree.ElementTree.fromstring(answer.read())
    except urllib.error.HTTPError as error:
        raise Refusal(error.code, xml.etree.ElementTree.fromstring(error.read()))
    equal(root.tag, '{http://ec2.amazonaws.com/doc/%s/}%sResponse' % (version, action), 'root element')
    return root


def refused(code, *args, **named_args):
    return checks.refused(code, lambda error: isinstance(error, Refusal) and error.code, call, *args, **named_args)


@check('DescribeAvailabilityZones, signed with HmacSHA256 and with HmacSHA1, at every path of old configurations')
def zone():
    for path in ('/', '/services/Cloud', '/services/Cloud/', '/services/compute'):
        for method in DIGESTS if can('sha1') else ['HmacSHA256']:
            zones = items(call('DescribeAvailabilityZones', method=method, path=path), 'availabilityZoneInfo')
            if can('manyZones'):
                equal(len(zones), 6, 'number of zones')
    return zone_or(text(zones[0], 'zoneName'))


@check('the namespace echoes every version asked for')
def _():
    for version in ('2006-06-26', '2008-12-01', '2010-08-31', '2012-04-01', '2013-02-01', '2014-10-01', '2016-11-15'):
        call('DescribeRegions', version=version)
    refused('NoSuchVersion', 'DescribeRegions', version='2037-01-01')


@check('signatures that are wrong, late or of another method')
def _():
    equal(refused('AuthFailure', 'DescribeRegions', secret='wrong').status, 401, 'HTTP status')
    refused('RequestExpired', 'DescribeRegions', stamp='2012-05-01T00:00:00Z')


@check('DescribeImages by owner: id, name, owner, architecture, state')
def image():
    owner = {} if only_image else {'Owner_1': '136693071363'}
    found = items(call('DescribeImages', Filter_1_Name='name', Filter_1_Value_1=only_image or 'debian-12-amd64-*', **owner),
                  'imagesSet')
    holds(found, 'there are images')
    one = found[0]
    for name in ('imageId', 'imageLocation', 'imageState', 'imageOwnerId', 'architecture', 'imageType', 'rootDeviceType'):
        holds(text(one, name), 'it has ' + name)
    return text(one, 'imageId')


@check('CreateKeyPair, DescribeKeyPairs')
def _():
    made = call('CreateKeyPair', KeyName='delta')
    holds(text(made, 'keyMaterial').startswith('-----BEGIN'), 'the key is told')
    found, = items(call('DescribeKeyPairs', KeyName_1='delta'), 'keySet')
    equal(text(found, 'keyFingerprint'), text(made, 'keyFingerprint'), 'fingerprint')
    refused('InvalidKeyPair.Duplicate', 'CreateKeyPair', KeyName='delta')


@check('RunInstances with user data in a zone')
def instance():
    data = base64.b64encode(b'#!/bin/sh\necho delta\n').decode()
    made = call('RunInstances', ImageId=image, MinCount=1, MaxCount=1, InstanceType='m1.small', KeyName='delta', UserData=data,
                Placement_AvailabilityZone=zone)
    equal(text(made, 'ownerId'), account, 'ownerId')
    one, = items(made, 'instancesSet')
    equal([text(named(one, 'instanceState')[0], name) for name in ('code', 'name')], ['0', 'pending'], 'state')
    return text(one, 'instanceId')


def state():
    one, = items(items(call('DescribeInstances', InstanceId_1=instance), 'reservationSet')[0], 'instancesSet')
    return text(named(one, 'instanceState')[0], 'name')


@check('DescribeInstances until it runs, and what Deltacloud reads of it')
def _():
    eventually(state, lambda seen: seen == 'running', 'running')
    reservation, = items(call('DescribeInstances', Filter_1_Name='instance-state-name', Filter_1_Value_1='running'),
                         'reservationSet')
    one, = items(reservation, 'instancesSet')
    equal((text(one, 'imageId'), text(one, 'instanceType'), text(one, 'keyName')), (image, 'm1.small', 'delta'), 'instance')
    equal(text(named(one, 'placement')[0], 'availabilityZone'), zone, 'zone')
    public = ('dnsName', 'ipAddress') if can('publicAddresses') else ()
    for name in ('launchTime', 'privateDnsName', 'privateIpAddress') + public:
        holds(text(one, name), 'it has ' + name)
    equal([text(item, 'groupName') for item in items(reservation, 'groupSet')] or
          [text(item, 'groupName') for item in items(one, 'groupSet')], ['default'], 'groups')


@check('GetConsoleOutput')
def _():
    def output():
        return base64.b64decode(text(call('GetConsoleOutput', InstanceId=instance), 'output') or '')

    eventually(output, lambda seen: b'delta' in seen if can('userData') else seen, 'user data on the console')


@check('StopInstances, StartInstances, RebootInstances')
def _():
    change, = items(call('StopInstances', InstanceId_1=instance), 'instancesSet')
    equal((text(named(change, 'previousState')[0], 'name'), text(named(change, 'currentState')[0], 'name')),
          ('running', 'stopping'), 'states')
    eventually(state, lambda seen: seen == 'stopped', 'stopped')
    call('StartInstances', InstanceId_1=instance)
    eventually(state, lambda seen: seen == 'running', 'running')
    equal(text(call('RebootInstances', InstanceId_1=instance), 'return'), 'true', 'return')


@check('groups by their old names: authorize, describe, revoke')
def _():
    call('CreateSecurityGroup', GroupName='delta', GroupDescription='by query')
    rule = {'GroupName': 'delta', 'IpPermissions_1_IpProtocol': 'tcp', 'IpPermissions_1_FromPort': 22,
            'IpPermissions_1_ToPort': 22, 'IpPermissions_1_IpRanges_1_CidrIp': '0.0.0.0/0'}
    equal(text(call('AuthorizeSecurityGroupIngress', **rule), 'return'), 'true', 'return')
    found, = items(call('DescribeSecurityGroups', GroupName_1='delta'), 'securityGroupInfo')
    equal((text(found, 'fromPort'), text(found, 'cidrIp')), ('22', '0.0.0.0/0'), 'rule')
    call('RevokeSecurityGroupIngress', **rule)
    call('DeleteSecurityGroup', GroupName='delta')


@check('volumes and snapshots as euca2ools asks for them')
def _():
    volume = text(call('CreateVolume', Size=2, AvailabilityZone=zone), 'volumeId')

    def status():
        return text(items(call('DescribeVolumes', VolumeId_1=volume), 'volumeSet')[0], 'status')

    eventually(status, lambda seen: seen == 'available', 'available')
    attached = call('AttachVolume', VolumeId=volume, InstanceId=instance, Device='/dev/sdf')
    equal(text(attached, 'instanceId'), instance, 'instanceId')
    eventually(status, lambda seen: seen == 'in-use', 'in-use')
    if not can('attachedSnapshots'):
        call('DetachVolume', VolumeId=volume)
        eventually(status, lambda seen: seen == 'available', 'available')
    snapshot = text(call('CreateSnapshot', VolumeId=volume), 'snapshotId')
    eventually(lambda: text(items(call('DescribeSnapshots', SnapshotId_1=snapshot), 'snapshotSet')[0], 'status'),
               lambda seen: seen == 'completed', 'completed')
    if can('attachedSnapshots'):
        call('DetachVolume', VolumeId=volume)
        eventually(status, lambda seen: seen == 'available', 'available')
    call('DeleteSnapshot', SnapshotId=snapshot)
    call('DeleteVolume', VolumeId=volume)


@check('addresses, tags', 'elasticIps')
def _():
    made = call('AllocateAddress', Domain='vpc')
    allocation = text(made, 'allocationId')
    association = text(call('AssociateAddress', AllocationId=allocation, InstanceId=instance), 'associationId')
    found, = items(call('DescribeAddresses', PublicIp_1=text(made, 'publicIp')), 'addressesSet')
    equal(text(found, 'instanceId'), instance, 'instanceId')
    call('DisassociateAddress', AssociationId=association)
    call('ReleaseAddress', AllocationId=allocation)
    call('CreateTags', ResourceId_1=instance, Tag_1_Key='by', Tag_1_Value='delta & co')
    tag, = items(call('DescribeTags', Filter_1_Name='resource-id', Filter_1_Value_1=instance), 'tagSet')
    equal((text(tag, 'key'), text(tag, 'value')), ('by', 'delta & co'), 'tag')
    call('DeleteTags', ResourceId_1=instance, Tag_1_Key='by')


@check('errors: code, message and request id in the old form')
def _():
    equal(refused('InvalidInstanceID.NotFound', 'StopInstances', InstanceId_1='i-00000000').status, 400, 'HTTP status')
    equal(refused('InvalidAction', 'RunAway').status, 400, 'HTTP status')
    refused('MissingParameter', 'RunInstances', ImageId=image)


@check('TerminateInstances, DeleteKeyPair, and nothing is left')
def _():
    call('TerminateInstances', InstanceId_1=instance)
    eventually(state, lambda seen: seen == 'terminated', 'terminated')
    equal(text(call('DeleteKeyPair', KeyName='delta'), 'return'), 'true', 'return')
    equal((items(call('DescribeVolumes'), 'volumeSet'), items(call('DescribeKeyPairs'), 'keySet')), ([], []), 'what is left')


finish()
