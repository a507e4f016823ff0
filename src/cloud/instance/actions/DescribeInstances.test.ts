import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, type Output, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { launched, seen } from '../instance.fixture.ts';

let w: TestWorld;
let web: string;
let db: readonly string[];
beforeAll(async () => {
  w = await testWorld();
  const tags = (value: string) => ({
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: value }] }],
  });
  [web] = (await launched(w, { ...tags('web'), ClientToken: 'tok' })) as [string];
  db = await launched(w, {
    ...tags('db'),
    MinCount: 6,
    MaxCount: 6,
    InstanceType: 'm5.large',
    Placement: { AvailabilityZone: 'us-east-1b' },
  });
  await launched(w, {}, { account: otherAccount });
});
afterAll(() => w.close());

const found = async (input: object): Promise<readonly string[]> => {
  const out = await w.call('DescribeInstances', input);
  return out.Reservations.flatMap((r: Output) => r.Instances.map((i: Output) => i.InstanceId));
};
const by = (Name: string, ...Values: string[]) => found({ Filters: [{ Name, Values }] });

describe('DescribeInstances', () => {
  it('lists the account’s own, grouped by launch', async () => {
    const { Reservations } = await w.call('DescribeInstances', {});
    expect(Reservations.map((r: Output) => r.Instances.length)).toEqual([1, 6]);
    expect(Reservations[0]).toMatchObject({ OwnerId: '111122223333', Groups: [] });
  });

  it('finds by id, and refuses ids that are not there', async () => {
    expect(await found({ InstanceIds: [db[2], web] })).toHaveLength(2);
    await expectRefusal(
      found({ InstanceIds: ['i-0123456789abcdef0'] }),
      'InvalidInstanceID.NotFound',
      /i-0123456789abcdef0/,
    );
    await expectRefusal(found({ InstanceIds: ['x'] }), 'InvalidInstanceID.Malformed', /x/);
    await expectRefusal(
      w.call('DescribeInstances', { InstanceIds: [web] }, { account: otherAccount }),
      'InvalidInstanceID.NotFound',
    );
  });

  it('pages', async () => {
    const first = await w.call('DescribeInstances', { MaxResults: 5 });
    expect(first.Reservations.map((r: Output) => r.Instances.length)).toEqual([1, 4]);
    const rest = await w.call('DescribeInstances', { MaxResults: 5, NextToken: first.NextToken });
    expect(rest.Reservations.map((r: Output) => r.Instances.length)).toEqual([2]);
    expect(rest.NextToken).toBeUndefined();
    await expectRefusal(found({ MaxResults: 4 }), 'InvalidParameterValue', /maxResults/);
    await expectRefusal(found({ MaxResults: 1001 }), 'InvalidParameterValue', /maxResults/);
    await expectRefusal(found({ MaxResults: 5, InstanceIds: [web] }), 'InvalidParameterCombination', /maxResults/);
    await expectRefusal(found({ NextToken: 'x' }), 'InvalidParameterValue', /nextToken/i);
  });

  it('refuses filters that do not exist', () => expectRefusal(by('colour', 'red'), 'InvalidParameterValue', /colour/));

  it('finds by every member that it shows', async () => {
    const now = await seen(w, web);
    const [eni] = now.NetworkInterfaces;
    const [disk] = now.BlockDeviceMappings;
    const one: readonly (readonly [string, string])[] = [
      ['client-token', 'tok'],
      ['tag:Name', 'web'],
      ['instance-type', 't3.*'],
      ['private-ip-address', now.PrivateIpAddress],
      ['ip-address', now.PublicIpAddress],
      ['dns-name', now.PublicDnsName],
      ['private-dns-name', now.PrivateDnsName],
      ['block-device-mapping.volume-id', disk.Ebs.VolumeId],
      ['network-interface.network-interface-id', eni.NetworkInterfaceId],
      ['network-interface.mac-address', eni.MacAddress],
      ['network-interface.attachment.attachment-id', eni.Attachment.AttachmentId],
      ['network-interface.attachment.instance-id', web],
      ['network-interface.addresses.private-ip-address', now.PrivateIpAddress],
      ['network-interface.addresses.association.public-ip', now.PublicIpAddress],
      ['network-interface.association.public-ip', now.PublicIpAddress],
      ['network-interface.association.public-dns-name', now.PublicDnsName],
      ['network-interface.private-dns-name', now.PrivateDnsName],
      ['network-interface.availability-zone', now.Placement.AvailabilityZone],
      ['availability-zone', now.Placement.AvailabilityZone],
      ['availability-zone-id', now.Placement.AvailabilityZoneId],
      ['subnet-id', now.SubnetId],
      ['instance-id', web],
    ];
    for (const [name, value] of one) expect([name, await by(name, value)]).toEqual([name, [web]]);
    const all: readonly (readonly [string, string])[] = [
      ['architecture', 'x86_64'],
      ['block-device-mapping.attach-time', '2026-01-02*'],
      ['block-device-mapping.delete-on-termination', 'true'],
      ['block-device-mapping.device-name', '/dev/xvda'],
      ['block-device-mapping.status', 'attached'],
      ['current-instance-boot-mode', 'uefi'],
      ['ena-support', 'true'],
      ['hypervisor', 'xen'],
      ['image-id', now.ImageId],
      ['instance-state-code', '16'],
      ['instance-state-name', 'running'],
      ['instance.group-name', 'default'],
      ['instance.group-id', now.SecurityGroups[0].GroupId],
      ['launch-time', '2026-01-02T03:*'],
      ['metadata-options.http-tokens', 'required'],
      ['monitoring-state', 'disabled'],
      ['network-interface.status', 'in-use'],
      ['network-interface.attachment.device-index', '0'],
      ['network-interface.group-name', 'default'],
      ['owner-id', '111122223333'],
      ['platform-details', 'Linux/UNIX'],
      ['root-device-name', '/dev/xvda'],
      ['root-device-type', 'ebs'],
      ['source-dest-check', 'true'],
      ['tag-key', 'Name'],
      ['tenancy', 'default'],
      ['virtualization-type', 'hvm'],
      ['vpc-id', now.VpcId],
    ];
    for (const [name, value] of all) expect([name, (await by(name, value)).length]).toEqual([name, 7]);
    for (const name of ['affinity', 'host-id', 'platform', 'ipv6-address', 'outpost-arn', 'spot-instance-request-id']) {
      expect([name, await by(name, '*')]).toEqual([name, []]);
    }
  });

  it('filters and with each other, values or', async () => {
    expect(await by('instance-type', 't3.micro', 'm5.large')).toHaveLength(7);
    const both = [
      { Name: 'instance-type', Values: ['t3.micro'] },
      { Name: 'availability-zone', Values: ['us-east-1b'] },
    ];
    expect(await found({ Filters: both })).toEqual([]);
    expect(await by('launch-index', '3')).toEqual([db[3]]);
  });
});
