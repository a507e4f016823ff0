import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type Output, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { arm, countOf, instanceStore, launched, paravirtual, run, seen, usedOf } from '../instance.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

describe('RunInstances', () => {
  it('answers pending, without volumes and public address, and the instance comes to run', async () => {
    const out = await run(w);
    const [answer] = out.Instances;
    expect(out.ReservationId).toMatch(/^r-[0-9a-f]{17}$/);
    expect(answer).toMatchObject({ State: { Code: 0, Name: 'pending' }, BlockDeviceMappings: [], PublicDnsName: '' });
    expect(answer.PublicIpAddress).toBeUndefined();
    await w.settle();
    const now = await seen(w, answer.InstanceId);
    expect(now.State).toEqual({ Code: 16, Name: 'running' });
    expect(now.StateReason).toBeUndefined();
    expect(now.BlockDeviceMappings).toMatchObject([
      { DeviceName: '/dev/xvda', Ebs: { Status: 'attached', DeleteOnTermination: true } },
    ]);
    expect(now.NetworkInterfaces).toMatchObject([
      { Attachment: { Status: 'attached', DeviceIndex: 0 }, Status: 'in-use' },
    ]);
    expect(now.PublicDnsName).toBe(`ec2-${now.PublicIpAddress.replaceAll('.', '-')}.compute-1.amazonaws.com`);
    expect(now.PrivateDnsName).toBe(`ip-${now.PrivateIpAddress.replaceAll('.', '-')}.ec2.internal`);
    const { Volumes } = await w.call('DescribeVolumes', { VolumeIds: [now.BlockDeviceMappings[0].Ebs.VolumeId] });
    expect(Volumes).toMatchObject([
      { State: 'in-use', Size: 8, Attachments: [{ InstanceId: now.InstanceId, State: 'attached' }] },
    ]);
  });

  it('launches many in one reservation, each with its own addresses', async () => {
    const out = await run(w, { MinCount: 50, MaxCount: 50 });
    expect(out.Instances.map((i: Output) => i.AmiLaunchIndex)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(new Set(out.Instances.map((i: Output) => i.PrivateIpAddress)).size).toBe(50);
    await w.settle();
    const { Reservations } = await w.call('DescribeInstances', {});
    expect(Reservations).toHaveLength(1);
    expect(Reservations[0].Instances.every((i: Output) => i.State.Name === 'running')).toBe(true);
    expect(new Set(Reservations[0].Instances.map((i: Output) => i.PublicIpAddress)).size).toBe(50);
    expect(await usedOf(w, 'instances')).toBe(50);
    expect(await usedOf(w, 'vcpus')).toBe(100);
  });

  it('changes nothing in a dry run', async () => {
    await expectRefusal(run(w, { DryRun: true }), 'DryRunOperation');
    expect(await countOf(w, 'instance')).toBe(0);
    expect(await usedOf(w, 'instances')).toBe(0);
  });

  it('answers a repeated client token with the first launch', async () => {
    const first = await run(w, { ClientToken: 'once' });
    const again = await run(w, { ClientToken: 'once' });
    expect(again).toEqual(first);
    expect(first.Instances[0].ClientToken).toBe('once');
    expect(await countOf(w, 'instance')).toBe(1);
    await expectRefusal(run(w, { ClientToken: 'once', InstanceType: 't3.small' }), 'IdempotentParameterMismatch');
    await expectRefusal(run(w, { ClientToken: 'x'.repeat(65) }), 'InvalidParameterValue', /1 to 64 ASCII/);
    await run(w, { ClientToken: 'x'.repeat(64) });
  });

  it('takes m1.small when no type is named', async () => {
    const out = await run(w, { ImageId: paravirtual(w), InstanceType: undefined });
    expect(out.Instances[0]).toMatchObject({ InstanceType: 'm1.small', VirtualizationType: 'paravirtual' });
    expect(out.Instances[0].KernelId).toMatch(/^aki-/);
  });

  it('launches an image with a root on the machine itself without volumes', async () => {
    const [id] = await launched(w, { ImageId: instanceStore(w), InstanceType: 'm1.small' });
    expect(await seen(w, id!)).toMatchObject({
      RootDeviceType: 'instance-store',
      BlockDeviceMappings: [],
      State: { Name: 'running' },
    });
  });

  it('takes an empty name of an instance profile for none, as Packer means it', async () => {
    const [id] = await launched(w, { IamInstanceProfile: { Name: '' } });
    expect((await seen(w, id!)).State.Name).toBe('running');
  });

  it('keeps what the request says', async () => {
    await w.call('CreateKeyPair', { KeyName: 'mine' });
    const [id] = await launched(w, {
      KeyName: 'mine',
      UserData: Buffer.from('#!/bin/sh\n').toString('base64'),
      DisableApiTermination: true,
      DisableApiStop: true,
      InstanceInitiatedShutdownBehavior: 'terminate',
      Monitoring: { Enabled: true },
      EbsOptimized: true,
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 1, AmdSevSnp: 'disabled' },
      CreditSpecification: { CpuCredits: 'standard' },
      MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 5, InstanceMetadataTags: 'enabled' },
      MaintenanceOptions: { AutoRecovery: 'disabled' },
      Placement: { AvailabilityZone: 'us-east-1c', Tenancy: 'dedicated' },
      PrivateDnsNameOptions: { HostnameType: 'resource-name', EnableResourceNameDnsARecord: true },
    });
    expect(await seen(w, id!)).toMatchObject({
      KeyName: 'mine',
      Monitoring: { State: 'enabled' },
      EbsOptimized: true,
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 1, AmdSevSnp: 'disabled' },
      MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 5, InstanceMetadataTags: 'enabled' },
      MaintenanceOptions: { AutoRecovery: 'disabled' },
      Placement: { AvailabilityZone: 'us-east-1c', Tenancy: 'dedicated' },
      PrivateDnsName: `${id}.ec2.internal`,
      PrivateDnsNameOptions: { HostnameType: 'resource-name', EnableResourceNameDnsARecord: true },
    });
  });

  it('tags instances, volumes and interfaces', async () => {
    const tagged = (ResourceType: string) => ({ ResourceType, Tags: [{ Key: 'Name', Value: ResourceType }] });
    const [id] = await launched(w, { TagSpecifications: ['instance', 'volume', 'network-interface'].map(tagged) });
    const now = await seen(w, id!);
    expect(now.Tags).toEqual([{ Key: 'Name', Value: 'instance' }]);
    const { Volumes } = await w.call('DescribeVolumes', { Filters: [{ Name: 'tag:Name', Values: ['volume'] }] });
    expect(Volumes.map((v: Output) => v.VolumeId)).toEqual([now.BlockDeviceMappings[0].Ebs.VolumeId]);
    const found = await w.call('DescribeInstances', {
      Filters: [{ Name: 'network-interface.tag-value', Values: ['network-interface'] }],
    });
    expect(found.Reservations).toHaveLength(1);
    await expectRefusal(run(w, { TagSpecifications: [tagged('snapshot')] }), 'InvalidParameterValue', /snapshot/);
  });
});

describe('RunInstances, refusals', () => {
  it.each([
    [{ MinCount: undefined }, 'MissingParameter', /MinCount/],
    [{ MaxCount: undefined }, 'MissingParameter', /MaxCount/],
    [{ MinCount: 0 }, 'InvalidParameterValue', /minCount/],
    [{ MinCount: 2 }, 'InvalidParameterValue', /maxCount/],
    [{ MinCount: 10_001, MaxCount: 10_001 }, 'InstanceLimitExceeded', /10001/],
    [{ ImageId: undefined }, 'MissingParameter', /ImageId/],
    [{ ImageId: 'ami-x' }, 'InvalidAMIID.Malformed', /ami-x/],
    [{ ImageId: 'ami-0123456789abcdef0' }, 'InvalidAMIID.NotFound', /ami-0123/],
    [{ InstanceType: 'z9.huge' }, 'InvalidParameterValue', /z9\.huge/],
    [{ InstanceType: 't4g.micro' }, 'InvalidParameterValue', /arm64.*x86_64/],
    [{ KeyName: 'nobody' }, 'InvalidKeyPair.NotFound', /nobody/],
    [{ UserData: '###' }, 'InvalidUserData.Malformed', /BASE64/],
    [{ UserData: Buffer.alloc(16_385).toString('base64') }, 'InvalidParameterValue', /16384/],
    [{ SecurityGroupIds: ['sg-0123456789abcdef0'] }, 'InvalidGroup.NotFound', /sg-0123/],
    [{ SecurityGroups: ['nobody'] }, 'InvalidGroup.NotFound', /nobody/],
    [{ SubnetId: 'subnet-0123456789abcdef0' }, 'InvalidSubnetID.NotFound', /subnet-0123/],
    [{ Placement: { AvailabilityZone: 'us-east-1z' } }, 'InvalidParameterValue', /us-east-1z/],
    [{ Placement: { GroupName: 'g' } }, 'InvalidPlacementGroup.Unknown', /'g'/],
    [{ Placement: { HostId: 'h-0123456789abcdef0' } }, 'InvalidHostID.NotFound', /h-0123/],
    [{ Placement: { Tenancy: 'host' } }, 'UnsupportedTenancy', /Host/],
    [{ Placement: { Tenancy: 'flat' } }, 'InvalidParameterValue', /flat/],
    [{ KernelId: 'aki-0123456789abcdef0' }, 'InvalidParameterCombination', /HVM/],
    [{ PrivateIpAddress: '10.0.0.1' }, 'InvalidParameterValue', /subnet's address range/],
    [{ PrivateIpAddress: '172.31.0.9', MaxCount: 2 }, 'InvalidParameterCombination', /more than one/],
    [{ Ipv6AddressCount: 1 }, 'InvalidParameterValue', /IPv6/],
    [{ HibernationOptions: { Configured: true } }, 'UnsupportedHibernationConfiguration', /Hibernation/],
    [{ IamInstanceProfile: { Name: 'p' } }, 'InvalidParameterValue', /Invalid IAM Instance Profile name/],
    [{ LaunchTemplate: { LaunchTemplateId: 'lt-1' } }, 'InvalidLaunchTemplateId.NotFound', /lt-1/],
    [{ LaunchTemplate: { LaunchTemplateName: 'x' } }, 'InvalidLaunchTemplateName.NotFoundException', /x/],
    [{ InstanceMarketOptions: { MarketType: 'spot' } }, 'Unsupported', /spot/],
    [{ InstanceMarketOptions: { MarketType: 'flea' } }, 'InvalidParameterValue', /flea/],
    [
      { CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: 'cr-1' } } },
      'InvalidCapacityReservationId.NotFound',
      /cr-1/,
    ],
    [{ EnclaveOptions: { Enabled: true } }, 'Unsupported', /Enclaves/],
    [{ LicenseSpecifications: [{ LicenseConfigurationArn: 'arn:x' }] }, 'InvalidParameterValue', /arn:x/],
    [{ CpuOptions: { CoreCount: 3, ThreadsPerCore: 1 } }, 'InvalidParameterValue', /coreCount/],
    [{ CpuOptions: { AmdSevSnp: 'on' } }, 'InvalidParameterValue', /\(on\) for parameter cpuOptions\.amdSevSnp/],
    [{ CpuOptions: { AmdSevSnp: 'enabled' } }, 'InvalidParameterCombination', /SEV-SNP is not supported/],
    [{ CpuOptions: { NestedVirtualization: 'yes' } }, 'InvalidParameterValue', /cpuOptions\.nestedVirtualization/],
    [{ CpuOptions: { NestedVirtualization: 'enabled' } }, 'Unsupported', /Nested/],
    [{ CpuOptions: { CoreCount: 1 } }, 'InvalidParameterCombination', /threadsPerCore/],
    [
      { InstanceType: 'm5.large', CreditSpecification: { CpuCredits: 'standard' } },
      'InvalidParameterCombination',
      /m5\.large/,
    ],
    [{ MetadataOptions: { HttpPutResponseHopLimit: 65 } }, 'InvalidParameterValue', /HopLimit/i],
    [{ InstanceType: 't2.micro', EbsOptimized: true }, 'Unsupported', /EBS-optimized/],
    [{ InstanceInitiatedShutdownBehavior: 'sleep' }, 'InvalidParameterValue', /sleep/],
  ])('%j is refused with %s', async (more, code, message) => {
    await expectRefusal(run(w, more), code, message);
    expect(await countOf(w, 'instance')).toBe(0);
  });

  it('an image for another architecture or kind of root is refused', async () => {
    await expectRefusal(run(w, { ImageId: arm(w) }), 'InvalidParameterValue', /architecture 'x86_64'/);
    await expectRefusal(run(w, { ImageId: instanceStore(w) }), 'InvalidParameterCombination', /.+/);
  });

  it('things of another account do not exist', async () => {
    const theirs = await w.call('DescribeSubnets', {}, { account: otherAccount });
    await expectRefusal(run(w, { SubnetId: theirs.Subnets[0].SubnetId }), 'InvalidSubnetID.NotFound');
    const groups = await w.call('DescribeSecurityGroups', {}, { account: otherAccount });
    await expectRefusal(run(w, { SecurityGroupIds: [groups.SecurityGroups[0].GroupId] }), 'InvalidGroup.NotFound');
    await w.call('CreateKeyPair', { KeyName: 'theirs' }, { account: otherAccount });
    await expectRefusal(run(w, { KeyName: 'theirs' }), 'InvalidKeyPair.NotFound');
  });
});
