import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type Output, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { launched, seen, usedOf } from '../instance.fixture.ts';

let w: TestWorld;
let id: string;
beforeEach(async () => {
  w = await testWorld();
  [id] = (await launched(w, { UserData: 'aGk=' })) as [string];
});
afterEach(() => w.close());

const modify = (change: object) => w.call('ModifyInstanceAttribute', { InstanceId: id, ...change });
const attribute = async (Attribute: string): Promise<Output> =>
  w.call('DescribeInstanceAttribute', { InstanceId: id, Attribute });
const stop = async () => {
  await w.call('StopInstances', { InstanceIds: [id] });
  await w.settle();
};

describe('DescribeInstanceAttribute', () => {
  it('gives the one that is asked for', async () => {
    const InstanceId = id;
    expect(await attribute('instanceType')).toEqual({ InstanceId, InstanceType: { Value: 't3.micro' } });
    expect(await attribute('userData')).toEqual({ InstanceId, UserData: { Value: 'aGk=' } });
    expect(await attribute('kernel')).toEqual({ InstanceId, KernelId: {} });
    expect(await attribute('disableApiTermination')).toEqual({ InstanceId, DisableApiTermination: { Value: false } });
    expect(await attribute('rootDeviceName')).toEqual({ InstanceId, RootDeviceName: { Value: '/dev/xvda' } });
    expect(await attribute('instanceInitiatedShutdownBehavior')).toEqual({
      InstanceId,
      InstanceInitiatedShutdownBehavior: { Value: 'stop' },
    });
    expect((await attribute('groupSet')).Groups).toMatchObject([{ GroupName: 'default' }]);
    expect((await attribute('blockDeviceMapping')).BlockDeviceMappings).toMatchObject([{ DeviceName: '/dev/xvda' }]);
    for (const name of [
      'ramdisk',
      'sourceDestCheck',
      'productCodes',
      'ebsOptimized',
      'sriovNetSupport',
      'enaSupport',
      'enclaveOptions',
      'disableApiStop',
    ]) {
      expect(Object.keys(await attribute(name))).toHaveLength(2);
    }
  });

  it('refuses unknown attributes and instances', async () => {
    await expectRefusal(attribute('colour'), 'InvalidParameterValue', /colour/);
    await expectRefusal(w.call('DescribeInstanceAttribute', { InstanceId: id }), 'MissingParameter', /Attribute/);
    const theirs = w.call(
      'DescribeInstanceAttribute',
      { InstanceId: id, Attribute: 'userData' },
      { account: otherAccount },
    );
    await expectRefusal(theirs, 'InvalidInstanceID.NotFound');
  });
});

describe('ModifyInstanceAttribute', () => {
  it('changes what may change at any time', async () => {
    await modify({ DisableApiTermination: { Value: true } });
    await modify({ Attribute: 'disableApiStop', Value: 'true' });
    await modify({ InstanceInitiatedShutdownBehavior: { Value: 'terminate' } });
    await modify({ SourceDestCheck: { Value: false } });
    expect((await attribute('disableApiTermination')).DisableApiTermination.Value).toBe(true);
    expect((await attribute('disableApiStop')).DisableApiStop.Value).toBe(true);
    expect((await attribute('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior.Value).toBe(
      'terminate',
    );
    expect(await seen(w, id)).toMatchObject({
      SourceDestCheck: false,
      NetworkInterfaces: [{ SourceDestCheck: false }],
    });
  });

  it('changes groups', async () => {
    const { GroupId } = await w.call('CreateSecurityGroup', { GroupName: 'web', Description: 'w' });
    await modify({ Groups: [GroupId] });
    expect(await seen(w, id)).toMatchObject({
      SecurityGroups: [{ GroupName: 'web' }],
      NetworkInterfaces: [{ Groups: [{ GroupId }] }],
    });
    await expectRefusal(w.call('DeleteSecurityGroup', { GroupId }), 'DependencyViolation');
    await expectRefusal(modify({ Groups: ['sg-0123456789abcdef0'] }), 'InvalidGroup.NotFound');
  });

  it('decides whether a volume goes with the instance', async () => {
    await modify({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } }] });
    const { Volumes } = await w.call('DescribeVolumes', {});
    expect(Volumes[0].Attachments[0].DeleteOnTermination).toBe(false);
    await expectRefusal(
      modify({ BlockDeviceMappings: [{ DeviceName: '/dev/sdz', Ebs: { DeleteOnTermination: true } }] }),
      'InvalidInstanceAttributeValue',
      /sdz/,
    );
    await w.call('TerminateInstances', { InstanceIds: [id] });
    await w.settle();
    expect((await w.call('DescribeVolumes', {})).Volumes).toMatchObject([{ State: 'available' }]);
    await expectRefusal(modify({ DisableApiTermination: { Value: true } }), 'IncorrectInstanceState', /terminated/);
  });

  it('changes the rest only while the instance is stopped', async () => {
    const changes = [
      { InstanceType: { Value: 'm5.2xlarge' } },
      { UserData: { Value: Buffer.from('new') } },
      { EbsOptimized: { Value: true } },
      { SriovNetSupport: { Value: 'simple' } },
      { Attribute: 'enaSupport', Value: 'true' },
    ];
    for (const change of changes)
      await expectRefusal(modify(change), 'IncorrectInstanceState', /not in the 'stopped' state/);
    await stop();
    for (const change of changes) await modify(change);
    expect(await seen(w, id)).toMatchObject({
      InstanceType: 'm5.2xlarge',
      EbsOptimized: true,
      CpuOptions: { CoreCount: 4 },
    });
    expect((await attribute('userData')).UserData.Value).toBe('bmV3');
    await modify({ UserData: { Value: Buffer.alloc(0) } });
    expect((await attribute('userData')).UserData).toEqual({});
    await w.call('StartInstances', { InstanceIds: [id] });
    await w.settle();
    expect((await seen(w, id)).State.Name).toBe('running');
    expect(await usedOf(w, 'vcpus')).toBe(8);
  });

  it('refuses values that do not fit', async () => {
    await stop();
    await expectRefusal(modify({ InstanceType: { Value: 'z9.huge' } }), 'InvalidInstanceAttributeValue', /z9/);
    await expectRefusal(modify({ InstanceType: { Value: 'm6g.large' } }), 'InvalidParameterValue', /architecture/);
    await expectRefusal(modify({ EnaSupport: { Value: false } }), 'InvalidParameterCombination', /ENA/);
    await expectRefusal(modify({ Kernel: { Value: 'aki-0123456789abcdef0' } }), 'UnsupportedOperation', /HVM/);
    await expectRefusal(
      modify({ InstanceInitiatedShutdownBehavior: { Value: 'sleep' } }),
      'InvalidParameterValue',
      /sleep/,
    );
    await expectRefusal(modify({ Attribute: 'sourceDestCheck', Value: 'maybe' }), 'InvalidParameterValue', /maybe/);
    await expectRefusal(modify({ UserData: { Value: Buffer.alloc(16_385) } }), 'InvalidParameterValue', /16384/);
  });

  it('wants exactly one attribute', async () => {
    await expectRefusal(modify({}), 'InvalidParameterCombination', /No attributes/);
    await expectRefusal(
      modify({ DisableApiStop: { Value: true }, DisableApiTermination: { Value: true } }),
      'InvalidParameterCombination',
      /multiple/,
    );
    await expectRefusal(modify({ Attribute: 'productCodes', Value: 'x' }), 'InvalidParameterValue', /productCodes/);
    await expectRefusal(modify({ Attribute: 'userData' }), 'MissingParameter', /Value/);
    await expectRefusal(modify({ DryRun: true, DisableApiStop: { Value: true } }), 'DryRunOperation');
    expect((await attribute('disableApiStop')).DisableApiStop.Value).toBe(false);
    const theirs = w.call(
      'ModifyInstanceAttribute',
      { InstanceId: id, DisableApiStop: { Value: true } },
      { account: otherAccount },
    );
    await expectRefusal(theirs, 'InvalidInstanceID.NotFound');
  });

  it('refuses to change the interface of an instance that has several', async () => {
    const [two] = await launched(w, { NetworkInterfaces: [{ DeviceIndex: 0 }, { DeviceIndex: 1 }] });
    const change = w.call('ModifyInstanceAttribute', { InstanceId: two, SourceDestCheck: { Value: false } });
    await expectRefusal(change, 'InvalidInstanceID', /multiple interfaces/);
  });
});

it('refuses another type where the cloud keeps that of a machine', async () => {
  await w.close();
  w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, otherTypes: false } }) });
  [id] = (await launched(w)) as [string];
  await stop();
  await expectRefusal(modify({ InstanceType: { Value: 't3.small' } }), 'Unsupported');
  await modify({ InstanceType: { Value: 't3.micro' } });
  expect((await attribute('instanceType')).InstanceType).toEqual({ Value: 't3.micro' });
});
