import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { DriverError } from '../../../ports/driver.ts';
import { instanceStore, launched, overheard, run, seen, usedOf } from '../instance.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

const stopped = { Code: 80, Name: 'stopped' };
const running = { Code: 16, Name: 'running' };
const ids = (...InstanceIds: (string | undefined)[]) => ({ InstanceIds });

describe('StopInstances and StartInstances', () => {
  it('stop and start again; the automatic public address changes', async () => {
    const [id] = await launched(w);
    const first = await seen(w, id!);
    const out = await w.call('StopInstances', ids(id));
    expect(out.StoppingInstances).toEqual([
      { InstanceId: id, CurrentState: { Code: 64, Name: 'stopping' }, PreviousState: running },
    ]);
    await w.settle();
    const off = await seen(w, id!);
    expect(off).toMatchObject({
      State: stopped,
      StateTransitionReason: 'User initiated (2026-01-02 03:04:05 GMT)',
      PublicDnsName: '',
    });
    expect(off.StateReason).toEqual({
      Code: 'Client.UserInitiatedShutdown',
      Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
    });
    expect(off.PublicIpAddress).toBeUndefined();
    expect(off.PrivateIpAddress).toBe(first.PrivateIpAddress);
    expect((await w.call('StopInstances', ids(id))).StoppingInstances).toMatchObject([
      { CurrentState: stopped, PreviousState: stopped },
    ]);
    await w.clock.advance(60_000);
    const again = await w.call('StartInstances', ids(id, id));
    expect(again.StartingInstances).toEqual([
      { InstanceId: id, CurrentState: { Code: 0, Name: 'pending' }, PreviousState: stopped },
    ]);
    await w.settle();
    const on = await seen(w, id!);
    expect(on).toMatchObject({ State: running, StateTransitionReason: '' });
    expect(on.StateReason).toBeUndefined();
    expect(on.PublicIpAddress).toMatch(/^\d/);
    expect(on.PublicIpAddress).not.toBe(first.PublicIpAddress);
    expect(on.LaunchTime.getTime()).toBeGreaterThan(first.LaunchTime.getTime());
    expect((await w.call('StartInstances', ids(id))).StartingInstances).toMatchObject([{ CurrentState: running }]);
  });

  it('an Elastic IP address stays', async () => {
    const [id] = await launched(w);
    const { AllocationId, PublicIp } = await w.call('AllocateAddress', {});
    await w.call('AssociateAddress', { AllocationId, InstanceId: id });
    await w.call('StopInstances', ids(id));
    await w.settle();
    expect((await seen(w, id!)).PublicIpAddress).toBe(PublicIp);
    await w.call('StartInstances', ids(id));
    await w.settle();
    expect((await seen(w, id!)).PublicIpAddress).toBe(PublicIp);
    await w.call('TerminateInstances', ids(id));
    await w.settle();
    const { Addresses } = await w.call('DescribeAddresses', {});
    expect(Addresses).toMatchObject([{ PublicIp }]);
    expect(Addresses[0].AssociationId).toBeUndefined();
  });

  it('are granted for a local disk where the cloud keeps it', async () => {
    const cloud = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, localDisksStay: true } }) });
    const disk = { ImageId: instanceStore(cloud), InstanceType: 'm1.small' };
    const [id] = await launched(cloud, { ...disk, InstanceInitiatedShutdownBehavior: 'stop' });
    await cloud.call('StopInstances', ids(id));
    await cloud.settle();
    const { Reservations } = await cloud.call('DescribeInstances', ids(id));
    expect(Reservations[0].Instances[0].State.Name).toBe('stopped');
    await cloud.close();
  });

  it('refuse what EC2 refuses', async () => {
    const [id] = await launched(w, { DisableApiStop: true });
    await expectRefusal(w.call('StopInstances', ids(id)), 'OperationNotPermitted', /disableApiStop/);
    await expectRefusal(
      w.call('StopInstances', { ...ids(id), Hibernate: true }),
      'UnsupportedHibernationConfiguration',
      /i-/,
    );
    await expectRefusal(w.call('StopInstances', {}), 'MissingParameter', /InstanceId/);
    await expectRefusal(w.call('StopInstances', ids('i-x')), 'InvalidInstanceID.Malformed', /i-x/);
    await expectRefusal(w.call('StartInstances', ids('i-0123456789abcdef0')), 'InvalidInstanceID.NotFound', /i-0123/);
    await expectRefusal(w.call('StopInstances', ids(id), { account: otherAccount }), 'InvalidInstanceID.NotFound');
    const [disk] = await launched(w, { ImageId: instanceStore(w), InstanceType: 'm1.small' });
    await expectRefusal(
      w.call('StopInstances', ids(disk)),
      'UnsupportedOperation',
      /^The instance 'i-.*' does not have an 'ebs' root device type and cannot be stopped$/,
    );
    const { Instances } = await run(w);
    await expectRefusal(
      w.call('StopInstances', ids(Instances[0].InstanceId)),
      'IncorrectInstanceState',
      /never reached the 'running' state/,
    );
    await w.call('TerminateInstances', ids(disk));
    await expectRefusal(w.call('StartInstances', ids(disk)), 'IncorrectInstanceState', /started/);
    await expectRefusal(w.call('RebootInstances', ids(disk)), 'IncorrectInstanceState', /rebooted/);
  });

  it('a dry run starts nothing', async () => {
    const [id] = await launched(w);
    await expectRefusal(w.call('StopInstances', { ...ids(id), DryRun: true }), 'DryRunOperation');
    await expectRefusal(w.call('TerminateInstances', { ...ids(id), DryRun: true }), 'DryRunOperation');
    await w.settle();
    expect((await seen(w, id!)).State).toEqual(running);
  });

  it('a stopped instance has no vCPUs of the quota; it takes them again when it starts', async () => {
    const poor = await testWorld({ quotas: { vcpus: 4 } });
    const [a, b] = await launched(poor, { MinCount: 2, MaxCount: 2 });
    await poor.call('StopInstances', ids(a, b));
    expect(await usedOf(poor, 'vcpus')).toBe(4);
    await poor.settle();
    expect(await usedOf(poor, 'vcpus')).toBe(0);
    const [c] = await launched(poor);
    await expectRefusal(poor.call('StartInstances', ids(a, b)), 'VcpuLimitExceeded', /more vCPU capacity/);
    expect((await seen(poor, a!)).State).toEqual(stopped);
    await poor.call('StartInstances', ids(a));
    await poor.settle();
    expect(await usedOf(poor, 'vcpus')).toBe(4);
    await poor.call('TerminateInstances', ids(b));
    await poor.settle();
    expect(await usedOf(poor, 'vcpus')).toBe(4);
    await poor.call('StopInstances', ids(c));
    await poor.call('TerminateInstances', ids(a, c));
    await poor.settle();
    expect(await usedOf(poor, 'vcpus')).toBe(0);
    await poor.close();
  });

  it('a start that finds the zone full is refused, or comes back to stopped', async () => {
    const full = await testWorld({ simulator: { capacity: [{ zone: 'us-east-1a', machines: 1 }] } });
    const place = { Placement: { AvailabilityZone: 'us-east-1a' } };
    const [first] = await launched(full, place);
    await full.call('StopInstances', ids(first));
    await full.settle();
    await launched(full, place);
    await expectRefusal(full.call('StartInstances', ids(first)), 'InsufficientInstanceCapacity', /us-east-1a/);
    await full.close();
    const broken = await testWorld({
      simulator: { failures: [{ verb: 'compute.power', trouble: 'no-capacity', times: 1 }] },
    });
    const [id] = await launched(broken);
    await broken.call('StopInstances', ids(id));
    await broken.settle();
    // The first call of power was the stop: it failed for good, so the instance runs on.
    expect(await seen(broken, id!)).toMatchObject({ State: running, StateReason: { Code: 'Server.InternalError' } });
    await broken.close();
  });

  it('a start that the cloud refuses comes back to stopped, without a public address', async () => {
    let refuse = false;
    const hear = (_id: unknown, want: unknown): void => {
      if (refuse && want === 'on') throw new DriverError('no-capacity', 'full');
    };
    const moody = await testWorld({ wrap: (driver) => overheard(driver, 'power', hear) });
    const [id] = await launched(moody);
    await moody.call('StopInstances', ids(id));
    await moody.settle();
    refuse = true;
    await moody.call('StartInstances', ids(id));
    await moody.settle();
    const now = await seen(moody, id!);
    expect(now).toMatchObject({
      State: stopped,
      StateReason: { Code: 'Server.InsufficientInstanceCapacity' },
      PublicDnsName: '',
    });
    expect(await usedOf(moody, 'vcpus')).toBe(0);
    expect(now.PublicIpAddress).toBeUndefined();
    await moody.close();
  });
});

describe('RebootInstances', () => {
  it('reboots, and the instance runs on', async () => {
    const [id] = await launched(w);
    await w.clock.advance(10_000);
    expect(await w.call('RebootInstances', ids(id))).toEqual({});
    await w.settle();
    expect((await seen(w, id!)).State).toEqual(running);
    const { InstanceStatuses } = await w.call('DescribeInstanceStatus', ids(id));
    expect(InstanceStatuses[0]).toMatchObject({
      InstanceStatus: { Status: 'initializing' },
      SystemStatus: { Status: 'ok' },
    });
  });
});
