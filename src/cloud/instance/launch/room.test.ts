import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { DriverError } from '../../../ports/driver.ts';
import { countOf, launched, linux, run, seen, usedOf } from '../instance.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

describe('room for a launch', () => {
  it('launches as many as there is room for, and refuses when that is too few', async () => {
    const small = await testWorld({ simulator: { capacity: [{ zone: 'us-east-1a', machines: 3 }] } });
    const place = { Placement: { AvailabilityZone: 'us-east-1a' } };
    expect((await run(small, { ...place, MaxCount: 10 })).Instances).toHaveLength(3);
    await small.settle();
    await expectRefusal(run(small, place), 'InsufficientInstanceCapacity', /t3\.micro.*us-east-1a/);
    const elsewhere = await run(small);
    expect(elsewhere.Instances[0].Placement.AvailabilityZone).not.toBe('us-east-1a');
    await small.close();
  });

  it('a quota limits what is launched beyond the least', async () => {
    const poor = await testWorld({ quotas: { instances: 5, vcpus: 6 } });
    expect((await run(poor, { MaxCount: 9 })).Instances).toHaveLength(3);
    await expectRefusal(run(poor), 'VcpuLimitExceeded');
    await poor.close();
    const poorer = await testWorld({ quotas: { instances: 1 } });
    await expectRefusal(run(poorer, { MinCount: 2, MaxCount: 2 }), 'InstanceLimitExceeded');
    await poorer.close();
  });

  it.each([
    ['instances', 'InstanceLimitExceeded'],
    ['vcpus', 'VcpuLimitExceeded'],
  ] as const)(
    'a quota of the cloud (%s) limits what is launched, and has its code when it is too little',
    async (limit, code) => {
      const wrap = (driver: TestWorld['driver']) => ({
        ...driver,
        compute: Object.assign(Object.create(driver.compute), { quota: async () => ({ left: 2, limit }) }),
      });
      const poor = await testWorld({ wrap });
      expect((await run(poor, { MaxCount: 9 })).Instances).toHaveLength(2);
      await expectRefusal(run(poor, { MinCount: 3, MaxCount: 9 }), code);
      await poor.close();
    },
  );

  it('a launch that the cloud refuses ends terminated, with nothing left behind', async () => {
    const broken = await testWorld({ simulator: { failures: [{ verb: 'compute.ensure', trouble: 'no-capacity' }] } });
    const [id] = await launched(broken);
    expect(await seen(broken, id!)).toMatchObject({
      State: { Code: 48, Name: 'terminated' },
      StateReason: { Code: 'Server.InsufficientInstanceCapacity' },
      StateTransitionReason: 'Server.InsufficientInstanceCapacity',
      BlockDeviceMappings: [],
      NetworkInterfaces: [],
    });
    for (const kind of ['volume', 'network-interface']) expect(await countOf(broken, kind)).toBe(0);
    for (const quota of ['instances', 'vcpus', 'volumes', 'volume-gib']) expect(await usedOf(broken, quota)).toBe(0);
    await broken.close();
  });

  it.each([
    ['compute', 'quota', 'Server.InsufficientInstanceCapacity', /quota/],
    ['volumes', 'volume-quota', 'Client.VolumeLimitExceeded', /Volume limit exceeded/],
    ['compute', 'in-use', 'Client.InvalidIPAddress.InUse', /in use/],
  ] as const)('what stands in the way of %s meanwhile (%s) is the reason', async (kind, about, code, words) => {
    const over = async () => {
      throw new DriverError(about === 'in-use' ? 'invalid' : 'no-capacity', 'over', { about });
    };
    const wrap = (driver: TestWorld['driver']) => ({
      ...driver,
      [kind]: Object.assign(Object.create(driver[kind]), { ensure: over }),
    });
    const broken = await testWorld({ wrap });
    const [id] = await launched(broken);
    expect(await seen(broken, id!)).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: code, Message: expect.stringMatching(words) },
      StateTransitionReason: code,
    });
    for (const left of ['volume', 'network-interface']) expect(await countOf(broken, left)).toBe(0);
    await broken.close();
  });

  it('uses the image that the caller names, whoever owns it', async () => {
    const out = await run(w, { ImageId: linux(w) }, { account: otherAccount });
    expect(out.OwnerId).toBe(otherAccount);
    await expectRefusal(
      w.call('DescribeInstances', { InstanceIds: [out.Instances[0].InstanceId] }),
      'InvalidInstanceID.NotFound',
    );
  });

  it('a cloud that is away for a while delays a launch, and no more', async () => {
    const away = await testWorld({
      simulator: { failures: [{ verb: 'compute.ensure', trouble: 'unavailable', times: 3 }] },
    });
    const [id] = await launched(away);
    expect((await seen(away, id!)).State.Name).toBe('running');
    expect(away.clock.now()).toBeGreaterThan(Date.UTC(2026, 0, 2, 3, 4, 6));
    await away.close();
  });
});
