import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudLimits, type CloudNetworks, createCloudNetworks } from '../../../test/support/cloudNetworks.ts';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { DriverError } from '../../ports/driver.ts';

let w: TestWorld;
let networks: CloudNetworks;
let limits: CloudLimits;
/** What the cloud answers instead of doing it, once. */
let trouble: DriverError | undefined;
/** Work of the cloud that waits for the test. */
let held: Promise<void> | undefined;

beforeEach(async () => {
  limits = { pool: 3, groups: 10, rulesPerGroup: 10 };
  trouble = undefined;
  held = undefined;
  w = await testWorld({
    regions: ['us-east-1'],
    wrap: (driver, shelf) => {
      networks = createCloudNetworks(shelf, limits);
      const { addresses } = networks;
      const ensure: typeof addresses.ensure = async (...args) => {
        await held;
        const failing = trouble;
        trouble = undefined;
        if (failing !== undefined) throw failing;
        return addresses.ensure(...args);
      };
      const can = { ...driver.can, chosenAddresses: false, automaticAddresses: false };
      return { ...driver, can, networks: { ...networks, addresses: { ...addresses, ensure } } };
    },
  });
});
afterEach(() => w.close());

const image = async (): Promise<string> => {
  const Filters = [{ Name: 'name', Values: ['al2023-ami-2023*x86_64'] }];
  return (await w.call('DescribeImages', { Owners: ['amazon'], Filters })).Images[0].ImageId;
};
async function running(): Promise<string> {
  const input = { ImageId: await image(), InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 };
  const { Instances } = await w.call('RunInstances', input);
  await w.settle();
  return Instances[0].InstanceId;
}
const addresses = async () => (await w.call('DescribeAddresses')).Addresses;
const publicIpOf = async (id: string) =>
  (await w.call('DescribeInstances', { InstanceIds: [id] })).Reservations[0].Instances[0].PublicIpAddress;

describe('an address of the cloud’s own', () => {
  it('is answered once the cloud has chosen it', async () => {
    const made = await w.call('AllocateAddress', {
      TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    expect(made).toMatchObject({ PublicIp: '203.0.113.1', Domain: 'vpc' });
    expect(await addresses()).toMatchObject([
      { PublicIp: '203.0.113.1', AllocationId: made.AllocationId, Tags: [{ Key: 'a', Value: 'b' }] },
    ]);
    // The answer waits for the address; that the work is over may be written a moment later.
    await w.settle();
    expect(await w.world.store.operations.pending()).toBe(0);
  });

  it('is nothing before, nor after a dry run', async () => {
    await expectRefusal(w.call('AllocateAddress', { DryRun: true }), 'DryRunOperation');
    await w.settle();
    expect(await networks.address('eipalloc-00000000000000001')).toBeUndefined();
    expect(await addresses()).toEqual([]);
  });

  it.each([
    [new DriverError('no-capacity', 'empty'), 'InsufficientAddressCapacity'],
    [new DriverError('no-capacity', 'over', { about: 'quota' }), 'AddressLimitExceeded'],
    [new DriverError('denied', 'no role'), 'UnauthorizedOperation'],
    [new DriverError('unsupported', 'no external network'), 'UnsupportedOperation'],
    [new DriverError('bug', 'oh'), 'InternalError'],
  ] as const)('is refused as the cloud says: %s', async (error, code) => {
    trouble = error;
    await expectRefusal(w.call('AllocateAddress'), code);
    expect(await addresses()).toEqual([]);
    expect((await w.call('AllocateAddress')).PublicIp).toBe('203.0.113.1');
  });

  it('cannot be named', () =>
    expectRefusal(
      w.call('AllocateAddress', { Address: '203.0.113.7' }),
      'UnsupportedOperation',
      /chooses addresses itself/,
    ));

  it('is given back where the cloud takes too long', async () => {
    let go: () => void = () => undefined;
    held = new Promise((resolve) => {
      go = resolve;
    });
    const answer = expectRefusal(w.call('AllocateAddress'), 'Unavailable', /within 30 seconds.*withdrawn/);
    for (let second = 0; second < 40; second++) {
      await new Promise((resolve) => setImmediate(resolve));
      await w.clock.advance(1_000);
    }
    await answer;
    go();
    await w.settle();
    expect(await addresses()).toEqual([]);
    held = undefined;
    expect((await w.call('AllocateAddress')).PublicIp).toBe('203.0.113.1');
  });
});

it('an answer waits for the worker of another process, too', async () => {
  const { store } = w.world;
  await w.call('DescribeVpcs');
  await w.settle();
  await w.worker.drain();
  const answer = w.call('AllocateAddress');
  while ((await store.operations.pending()) === 0) await new Promise((resolve) => setImmediate(resolve));
  await store.operations.release('test');
  const other = await testWorld({
    store,
    regions: ['us-east-1'],
    seed: 2,
    wrap: (driver, shelf) => ({ ...driver, networks: createCloudNetworks(shelf, limits) }),
  });
  await other.settle();
  for (let n = 0; n < 20; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    await w.clock.advance(100);
  }
  expect(await answer).toMatchObject({ PublicIp: '203.0.113.1' });
  await other.worker.drain();
});

describe('an association in the cloud', () => {
  it('is there when it is answered, and shown', async () => {
    const id = await running();
    const { AllocationId, PublicIp } = await w.call('AllocateAddress');
    await w.call('AssociateAddress', { AllocationId, InstanceId: id });
    expect(await networks.address(AllocationId)).toMatchObject({ association: { machine: id } });
    expect(await publicIpOf(id)).toBe(PublicIp);
    await w.call('DisassociateAddress', { PublicIp });
    expect(await networks.address(AllocationId)).not.toHaveProperty('association');
    expect(await publicIpOf(id)).toBeUndefined();
    await w.call('ReleaseAddress', { AllocationId });
    expect(await networks.address(AllocationId)).toBeUndefined();
    expect(await addresses()).toEqual([]);
  });

  it('takes the place of another', async () => {
    const id = await running();
    const [one, two] = [await w.call('AllocateAddress'), await w.call('AllocateAddress')];
    await w.call('AssociateAddress', { AllocationId: one.AllocationId, InstanceId: id });
    await w.call('AssociateAddress', { AllocationId: two.AllocationId, InstanceId: id });
    await w.settle();
    expect(await networks.address(one.AllocationId)).not.toHaveProperty('association');
    expect(await networks.address(two.AllocationId)).toHaveProperty('association');
    expect(await publicIpOf(id)).toBe(two.PublicIp);
  });

  it('that the cloud refuses leaves everything where it was', async () => {
    const [here, there] = [await running(), await running()];
    const { AllocationId, PublicIp } = await w.call('AllocateAddress');
    await w.call('AssociateAddress', { AllocationId, InstanceId: here });
    trouble = new DriverError('invalid', 'no gateway', { about: 'no-gateway' });
    await expectRefusal(w.call('AssociateAddress', { AllocationId, InstanceId: there }), 'Gateway.NotAttached');
    expect(await publicIpOf(here)).toBe(PublicIp);
    expect(await publicIpOf(there)).toBeUndefined();
    expect(await networks.address(AllocationId)).toMatchObject({ association: { machine: here } });
  });

  it('of an address that somebody has released elsewhere is refused', async () => {
    const id = await running();
    const { AllocationId } = await w.call('AllocateAddress');
    await networks.addresses.absent(AllocationId, {} as never);
    const attempt = w.call('AssociateAddress', { AllocationId, InstanceId: id });
    await expectRefusal(attempt, 'InvalidAllocationID.NotFound');
    expect(await publicIpOf(id)).toBeUndefined();
  });

  it('ends with the instance, and the address stays', async () => {
    const id = await running();
    const { AllocationId, PublicIp } = await w.call('AllocateAddress');
    await w.call('AssociateAddress', { AllocationId, InstanceId: id });
    await w.call('TerminateInstances', { InstanceIds: [id] });
    await w.settle();
    expect(await addresses()).toMatchObject([{ PublicIp, InstanceId: '' }]);
  });

  it('cannot come by itself at a launch', async () => {
    const input = { ImageId: await image(), InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 };
    const NetworkInterfaces = [{ DeviceIndex: 0, AssociatePublicIpAddress: true }];
    await expectRefusal(
      w.call('RunInstances', { ...input, NetworkInterfaces }),
      'UnsupportedOperation',
      /automatic public/,
    );
  });
});
