"""boto3: identity, catalogue, key pairs, tags, signatures."""
import datetime
import hashlib
import os
import subprocess
import urllib.request

import boto3
import botocore.auth
from botocore.config import Config
from cloud import ec2, filters, refused, resource, sts, wait
from check import access_key, account, can, check, endpoint, equal, finish, holds, region, zone_or


@check('get_caller_identity')
def _():
    answer = sts.get_caller_identity()
    equal(answer['Account'], account, 'Account')
    holds(answer['Arn'].startswith('arn:aws:iam::%s:' % account), 'Arn names the account')
    holds(answer['ResponseMetadata']['RequestId'], 'there is a request id')


@check('describe_regions, describe_availability_zones')
def _():
    names = {one['RegionName'] for one in ec2.describe_regions(Filters=filters(region_name='eu-*'))['Regions']}
    holds(not can('manyRegions') or {'eu-west-1', 'eu-central-1'} <= names, 'there are regions in Europe')
    holds(all(name.startswith('eu-') for name in names), 'regions are filtered')
    one = filters(zone_id='use1-az1') if can('catalogue') else filters(zone_name=zone_or(''))
    zones = ec2.describe_availability_zones(Filters=one)['AvailabilityZones']
    equal([(one['ZoneName'], one['State'], one['ZoneType']) for one in zones],
          [(zone_or('us-east-1a'), 'available', 'availability-zone')], 'zones')
    refused('InvalidParameterValue', ec2.describe_availability_zones, ZoneNames=['us-east-1z'])


@check('every region answers for itself', 'manyRegions')
def _():
    for name in ('eu-central-1', 'ap-southeast-2'):
        there = boto3.client('ec2', name, endpoint_url=endpoint)
        zones = there.describe_availability_zones()['AvailabilityZones']
        equal({one['RegionName'] for one in zones}, {name}, 'region of the zones')
        holds(there.describe_vpcs()['Vpcs'][0]['IsDefault'], 'there is a default network')


@check('describe_account_attributes by name')
def _():
    found = ec2.describe_account_attributes(AttributeNames=['default-vpc', 'supported-platforms'])['AccountAttributes']
    values = {one['AttributeName']: one['AttributeValues'][0]['AttributeValue'] for one in found}
    equal(values, {'default-vpc': ec2.describe_vpcs()['Vpcs'][0]['VpcId'], 'supported-platforms': 'VPC'}, 'attributes')


@check('describe_instance_types: every page, every type once')
def _():
    size = 100 if can('catalogue') else 5
    pages = list(ec2.get_paginator('describe_instance_types').paginate(PaginationConfig={'PageSize': size}))
    types = [one['InstanceType'] for page in pages for one in page['InstanceTypes']]
    holds(len(pages) > 1 and len(types) == len(set(types)), 'there is more than one page, and each type once')
    if not can('catalogue'):
        return
    holds(len(types) > 900, 'there are more than 900 types')
    one, = ec2.describe_instance_types(InstanceTypes=['i3.large'])['InstanceTypes']
    equal(one['InstanceStorageInfo']['TotalSizeInGB'], 475, 'TotalSizeInGB')
    equal((one['EbsInfo']['EbsOptimizedSupport'], one['BareMetal']), ('default', False), 'facts of i3.large')


def usable(material, name):
    with open(name, 'w', opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(material)
    return subprocess.run(['ssh-keygen', '-y', '-f', name], check=True, capture_output=True, text=True).stdout


@check('key pairs: created ones work in OpenSSH')
def _():
    rsa = resource.create_key_pair(KeyName='rsa')
    holds(usable(rsa.key_material, 'rsa').startswith('ssh-rsa '), 'it is an RSA key')
    made = ec2.create_key_pair(KeyName='ed', KeyType='ed25519', TagSpecifications=[
        {'ResourceType': 'key-pair', 'Tags': [{'Key': 'for', 'Value': 'ssh'}]}])
    holds(usable(made['KeyMaterial'], 'ed').startswith('ssh-ed25519 '), 'it is an ED25519 key')
    equal(made['Tags'], [{'Key': 'for', 'Value': 'ssh'}], 'Tags')
    refused('InvalidKeyPair.Duplicate', ec2.create_key_pair, KeyName='rsa')
    refused('DryRunOperation', ec2.create_key_pair, KeyName='third', DryRun=True)


@check('import_key_pair: the fingerprint is that of the key')
def _():
    subprocess.run(['ssh-keygen', '-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', 'own'], check=True)
    with open('own.pub', 'rb') as file:
        made = ec2.import_key_pair(KeyName='own', PublicKeyMaterial=file.read())
    der = subprocess.run(['openssl', 'rsa', '-in', 'own', '-pubout', '-outform', 'DER'], capture_output=True, check=True)
    digest = hashlib.md5(der.stdout).hexdigest()
    equal(made['KeyFingerprint'], ':'.join(digest[at:at + 2] for at in range(0, 32, 2)), 'fingerprint')
    refused('InvalidKey.Format', ec2.import_key_pair, KeyName='bad', PublicKeyMaterial=b'ssh-rsa nonsense')


@check('describe_key_pairs by ids, tags and fingerprint')
def _():
    wait('key_pair_exists', KeyNames=['rsa', 'ed', 'own'])
    one, = ec2.describe_key_pairs(Filters=filters(tag__for='ssh'))['KeyPairs']
    equal((one['KeyName'], one['KeyType']), ('ed', 'ed25519'), 'key by tag')
    same, = ec2.describe_key_pairs(KeyPairIds=[one['KeyPairId']], IncludePublicKey=True)['KeyPairs']
    holds(same['PublicKey'].startswith('ssh-ed25519 '), 'the public key is told')
    again, = ec2.describe_key_pairs(Filters=filters(fingerprint=one['KeyFingerprint']))['KeyPairs']
    equal(again['KeyName'], 'ed', 'key by fingerprint')


@check('tags: many at once, with filters and pages, and what EC2 refuses')
def _():
    vpc = ec2.describe_vpcs()['Vpcs'][0]['VpcId']
    ec2.create_tags(Resources=[vpc], Tags=[{'Key': 'k%02d' % at, 'Value': 'v & "%d" <ä>' % at} for at in range(12)])
    pages = list(ec2.get_paginator('describe_tags').paginate(Filters=filters(resource_id=vpc), PaginationConfig={'PageSize': 5}))
    equal([len(page['Tags']) for page in pages], [5, 5, 2], 'sizes of the pages')
    one, = ec2.describe_tags(Filters=filters(key='k07', resource_type='vpc'))['Tags']
    equal(one['Value'], 'v & "7" <ä>', 'Value')
    ec2.create_tags(Resources=[vpc], Tags=[{'Key': 'k07', 'Value': 'new'}])
    equal(ec2.describe_vpcs(Filters=filters(tag__k07='new'))['Vpcs'][0]['VpcId'], vpc, 'network by tag')
    refused('InvalidParameterValue', ec2.create_tags, Resources=[vpc], Tags=[{'Key': 'x' * 128, 'Value': ''}, {'Key': 'y' * 129, 'Value': ''}])
    refused('TagLimitExceeded', ec2.create_tags, Resources=[vpc], Tags=[{'Key': 'l%d' % at, 'Value': ''} for at in range(40)])
    refused('InvalidID', ec2.create_tags, Resources=['nonsense'], Tags=[{'Key': 'a', 'Value': ''}])
    refused('InvalidVolume.NotFound', ec2.create_tags, Resources=['vol-00000000000000000'], Tags=[{'Key': 'a', 'Value': ''}])
    ec2.delete_tags(Resources=[vpc], Tags=[{'Key': 'k07', 'Value': 'other'}, {'Key': 'k08'}])
    equal(len(ec2.describe_tags(Filters=filters(resource_id=vpc))['Tags']), 11, 'number of tags')
    ec2.delete_tags(Resources=[vpc])
    equal(ec2.describe_tags()['Tags'], [{'Key': 'for', 'ResourceId': ec2.describe_key_pairs(KeyNames=['ed'])['KeyPairs'][0]['KeyPairId'],
                                         'ResourceType': 'key-pair', 'Value': 'ssh'}], 'tags left')


@check('signatures: presigned, wrong, late')
def _():
    url = ec2.generate_presigned_url('describe_regions', ExpiresIn=60, HttpMethod='GET')
    with urllib.request.urlopen(url) as answer:
        holds(b'<DescribeRegionsResponse' in answer.read(), 'a presigned address answers')
    for key in (access_key, 'AKIA' + 'Z' * 16):
        stranger = boto3.client('ec2', region, endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key='wrong')
        refused('AuthFailure', stranger.describe_regions)
    late = boto3.client('ec2', region, endpoint_url=endpoint, config=Config(retries={'max_attempts': 0}))

    class Yesterday(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return super().utcnow() - datetime.timedelta(days=1)

    botocore.auth.datetime.datetime, kept = Yesterday, botocore.auth.datetime.datetime
    try:
        refused('RequestExpired', late.describe_regions)
    finally:
        botocore.auth.datetime.datetime = kept


@check('delete_key_pair by name and by id, and nothing is left')
def _():
    ed = ec2.describe_key_pairs(KeyNames=['ed'])['KeyPairs'][0]['KeyPairId']
    ec2.delete_key_pair(KeyPairId=ed)
    for name in ('rsa', 'own', 'never was'):
        ec2.delete_key_pair(KeyName=name)
    equal(ec2.describe_key_pairs()['KeyPairs'], [], 'KeyPairs')
    refused('InvalidKeyPair.NotFound', ec2.describe_key_pairs, KeyNames=['rsa'])


finish()
