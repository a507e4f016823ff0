import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { countOf, launched, overheard, run, seen, usedOf } from '../instance.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

const running = { Code: 16, Name: 'running' };
const ids = (...InstanceIds: (string | undefined)[]) => ({ InstanceIds });

describe('TerminateInstances', () => {
  it('gives back everything, and the instance shows no place and no devices', async () => {
    const [id, kept] = await launched(w, {
      MinCount: 2,
      MaxCount: 2,
      BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { VolumeSize: 3, DeleteOnTermination: false } }],
    });
    const out = await w.call('TerminateInstances', ids(id));
    expect(out.TerminatingInstances).toEqual([
      { InstanceId: id, CurrentState: { Code: 32, Name: 'shutting-down' }, PreviousState: running },
    ]);
    await w.settle();
    const now = await seen(w, id!);
    expect(now).toMatchObject({
      State: { Code: 48, Name: 'terminated' },
      NetworkInterfaces: [],
      BlockDeviceMappings: [],
      SecurityGroups: [],
      PrivateDnsName: '',
      PublicDnsName: '',
    });
    expect(now.StateReason.Code).toBe('Client.UserInitiatedShutdown');
    for (const gone of ['PrivateIpAddress', 'PublicIpAddress', 'SubnetId', 'VpcId']) expect(now[gone]).toBeUndefined();
    const { Volumes } = await w.call('DescribeVolumes', { Filters: [{ Name: 'status', Values: ['available'] }] });
    expect(Volumes).toMatchObject([{ Size: 3, Attachments: [] }]);
    expect(await countOf(w, 'volume')).toBe(3);
    expect(await countOf(w, 'network-interface')).toBe(1);
    expect(await usedOf(w, 'instances')).toBe(1);
    expect(await usedOf(w, 'vcpus')).toBe(2);
    const again = await w.call('TerminateInstances', ids(id, kept));
    expect(again.TerminatingInstances[0]).toMatchObject({
      CurrentState: { Name: 'terminated' },
      PreviousState: { Name: 'terminated' },
    });
    await w.settle();
    expect(await usedOf(w, 'instances')).toBe(0);
    expect(await countOf(w, 'network-interface')).toBe(0);
  });

  it('terminates an instance that is still pending, stopping or starting', async () => {
    const { Instances } = await run(w, { MinCount: 2, MaxCount: 2 });
    const [a, b] = Instances.map((i: { InstanceId: string }) => i.InstanceId);
    await w.call('TerminateInstances', ids(a));
    await w.settle();
    await w.call('StopInstances', ids(b));
    await w.call('TerminateInstances', ids(b));
    await w.settle();
    for (const id of [a, b]) expect((await seen(w, id)).State.Name).toBe('terminated');
    for (const kind of ['volume', 'network-interface']) expect(await countOf(w, kind)).toBe(0);
    for (const quota of ['instances', 'vcpus', 'volumes', 'volume-gib']) expect(await usedOf(w, quota)).toBe(0);
  });

  const protectedOne =
    /^The instance 'i-[0-9a-f]{17}' may not be terminated\. Modify its 'disableApiTermination' instance attribute and try again\.$/;
  const inZone = (zone: string) => ({ Placement: { AvailabilityZone: `us-east-1${zone}` } });

  it('terminates none of the zone where one is protected, and those of other zones, though the request fails', async () => {
    const [a, b] = await launched(w, { ...inZone('a'), MinCount: 2, MaxCount: 2 });
    const [safe] = await launched(w, { ...inZone('b'), DisableApiTermination: true });
    const [d] = await launched(w, inZone('b'));
    const all = ids(a, d, safe, b);
    await expectRefusal(w.call('TerminateInstances', { ...all, DryRun: true }), 'OperationNotPermitted', protectedOne);
    const states = () => Promise.all([a, b, safe, d].map(async (id) => (await seen(w, id!)).State.Name));
    await w.settle();
    expect(await states()).toEqual(['running', 'running', 'running', 'running']);
    await expectRefusal(w.call('TerminateInstances', all), 'OperationNotPermitted', protectedOne);
    expect(await states()).toEqual(['shutting-down', 'shutting-down', 'running', 'running']);
    await w.settle();
    expect(await states()).toEqual(['terminated', 'terminated', 'running', 'running']);
    // An id that is not known fails the whole request.
    await expectRefusal(w.call('TerminateInstances', ids(d, 'i-0123456789abcdef0')), 'InvalidInstanceID.NotFound');
    expect(await states()).toEqual(['terminated', 'terminated', 'running', 'running']);
  });

  it('cuts the power with SkipOsShutdown, and only then', async () => {
    const kinds: boolean[] = [];
    const hear = (_id: unknown, _call: unknown, how: unknown) => void kinds.push((how as { force: boolean }).force);
    const told = await testWorld({ wrap: (driver) => overheard(driver, 'absent', hear) });
    for (const how of [{}, { Force: true }, { SkipOsShutdown: true }]) {
      const [id] = await launched(told);
      await told.call('TerminateInstances', { ...ids(id), ...how });
      await told.settle();
    }
    expect(kinds.filter((force, i) => force !== kinds[i - 1])).toEqual([false, true]);
    await told.close();
  });

  it('takes a thousand ids at most', async () => {
    const many = (count: number) => ({ InstanceIds: Array.from({ length: count }, () => 'i-0123456789abcdef0') });
    await expectRefusal(w.call('TerminateInstances', many(1001)), 'InvalidRequest', /^1001 exceeds .* \(1000\)/);
    await expectRefusal(w.call('TerminateInstances', many(1000)), 'InvalidInstanceID.NotFound');
  });

  it('terminates none when one is protected', async () => {
    const [free] = await launched(w, inZone('a'));
    const [safe] = await launched(w, { ...inZone('a'), DisableApiTermination: true });
    await expectRefusal(w.call('TerminateInstances', ids(free, safe)), 'OperationNotPermitted', protectedOne);
    await w.settle();
    expect((await seen(w, free!)).State).toEqual(running);
    await expectRefusal(
      w.call('TerminateInstances', ids(free), { account: otherAccount }),
      'InvalidInstanceID.NotFound',
    );
  });
});
