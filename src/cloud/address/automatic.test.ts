import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloudNetworks } from '../../../test/support/cloudNetworks.ts';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import type { MachineSpec } from '../../ports/driver.ts';
import { launched } from '../instance/instance.fixture.ts';

/** A cloud that has addresses of its own, and takes automatic ones besides. */
let w: TestWorld;
/** What the cloud was told, in turn: a machine with its automatic address, or an Elastic IP and where it is. */
const told: string[] = [];

beforeEach(async () => {
  told.length = 0;
  w = await testWorld({
    regions: ['us-east-1'],
    wrap: (driver, shelf) => {
      const networks = createCloudNetworks(shelf, { pool: 9, groups: 9, rulesPerGroup: 9 });
      const { addresses } = networks;
      const ensure: typeof addresses.ensure = (id, spec, call) => {
        told.push(`${spec.publicIp} ${spec.association?.machine}`);
        return addresses.ensure(id, spec, call);
      };
      const compute = new Proxy(driver.compute, {
        get(target, verb) {
          const member: unknown = Reflect.get(target, verb);
          if (typeof member !== 'function') return member;
          return (...given: unknown[]) => {
            if (verb === 'ensure') told.push(`${given[0]} ${(given[1] as MachineSpec).interfaces[0]!.publicIp}`);
            return member.apply(target, given);
          };
        },
      });
      return { ...driver, compute, networks: { ...networks, automatic: true, addresses: { ...addresses, ensure } } };
    },
  });
});
afterEach(() => w.close());

async function running(more: object = {}): Promise<string> {
  const [id] = await launched(w, more);
  await w.settle();
  return id!;
}
const publicIpOf = async (id: string) =>
  (await w.call('DescribeInstances', { InstanceIds: [id] })).Reservations[0].Instances[0].PublicIpAddress;

describe('automatic public addresses of a cloud that takes them', () => {
  it('come with the launch in every default subnet, and where they are asked for', async () => {
    const id = await running();
    const ip = await publicIpOf(id);
    expect(ip).toMatch(/^2\d\d\./);
    expect(new Set(told)).toEqual(new Set([`${id} ${ip}`]));
    expect((await w.call('DescribeSubnets')).Subnets[0].MapPublicIpOnLaunch).toBe(true);
    const asked = { NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }] };
    expect(await publicIpOf(await running(asked))).toMatch(/^2\d\d\./);
    const declined = { NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false }] };
    const without = await running(declined);
    expect([await publicIpOf(without), told.at(-1)]).toEqual([undefined, `${without} undefined`]);
  });

  it('go at a stop, and another comes at the start', async () => {
    const id = await running();
    const before = await publicIpOf(id);
    await w.call('StopInstances', { InstanceIds: [id] });
    await w.settle();
    expect(await publicIpOf(id)).toBeUndefined();
    await w.call('StartInstances', { InstanceIds: [id] });
    await w.settle();
    const after = await publicIpOf(id);
    expect(after).not.toBe(before);
    expect(told.at(-1)).toBe(`${id} ${after}`);
  });

  it('are there again, first, when an Elastic IP leaves a machine that runs', async () => {
    const [one, other] = [await running(), await running()];
    const { AllocationId, PublicIp } = await w.call('AllocateAddress');
    await w.call('AssociateAddress', { AllocationId, InstanceId: one });
    expect(await publicIpOf(one)).toBe(PublicIp);
    told.length = 0;
    await w.call('AssociateAddress', { AllocationId, InstanceId: other });
    expect(told).toEqual([`${one} ${await publicIpOf(one)}`, `${PublicIp} ${other}`]);
    told.length = 0;
    await w.call('DisassociateAddress', { PublicIp });
    expect(told).toEqual([`${other} ${await publicIpOf(other)}`, `${PublicIp} undefined`]);
  });

  it('do not come for a machine that is off', async () => {
    const id = await running();
    const { AllocationId, PublicIp } = await w.call('AllocateAddress');
    await w.call('AssociateAddress', { AllocationId, InstanceId: id });
    await w.call('StopInstances', { InstanceIds: [id] });
    await w.settle();
    told.length = 0;
    await w.call('DisassociateAddress', { PublicIp });
    expect([told, await publicIpOf(id)]).toEqual([[`${PublicIp} undefined`], undefined]);
  });
});
