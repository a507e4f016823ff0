import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import type { ForeignAddress } from '../../ports/foreign.ts';
import { write } from '../context/writing.ts';
import { adoptAddresses } from './adopt.ts';

const scope = { account: testAccount, region: 'us-east-1' };
const [one, two] = ['eipalloc-00000000000000001', 'eipalloc-00000000000000002'];

let w: TestWorld;
let instance: string;
let place: NonNullable<ForeignAddress['association']>;

beforeEach(async () => {
  w = await testWorld();
  const Filters = [{ Name: 'name', Values: ['al2023-ami-2023*x86_64'] }];
  const { Images } = await w.call('DescribeImages', { Owners: ['amazon'], Filters });
  const NetworkInterfaces = [{ DeviceIndex: 0, AssociatePublicIpAddress: false }];
  const input = { ImageId: Images[0].ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, NetworkInterfaces };
  const [made] = (await w.call('RunInstances', input)).Instances;
  await w.settle();
  instance = made.InstanceId;
  place = { interface: made.NetworkInterfaces[0].NetworkInterfaceId, privateIp: made.PrivateIpAddress };
});
afterEach(() => w.close());

const tell = (things: readonly Partial<ForeignAddress>[], busy: readonly string[] = []) =>
  write(w.world, scope, (tx) =>
    adoptAddresses(
      tx,
      {
        whole: true,
        gone: [],
        things: things.map((thing) => ({ id: one, publicIp: '192.0.2.1', tags: {}, ...thing })),
      },
      async () => new Map(busy.map((id) => [id, 'in-hand'])),
    ),
  );
const shown = async () => (await w.call('DescribeAddresses')).Addresses;
const publicIp = async () =>
  (await w.call('DescribeInstances', { InstanceIds: [instance] })).Reservations[0].Instances[0].PublicIpAddress;

describe('addresses of others', () => {
  it('appear, move and go', async () => {
    await tell([{}]);
    expect(await shown()).toMatchObject([{ AllocationId: one, PublicIp: '192.0.2.1', InstanceId: '' }]);
    await tell([{ association: place }]);
    const before = await shown();
    expect(before).toMatchObject([{ InstanceId: instance, PrivateIpAddress: place.privateIp }]);
    expect(await publicIp()).toBe('192.0.2.1');
    await tell([{ association: place }]);
    expect(await shown()).toEqual(before);
    await tell([{ association: { ...place, interface: 'eni-0000000000000beef' } }]);
    expect(await shown()).toMatchObject([{ InstanceId: '', NetworkInterfaceId: 'eni-0000000000000beef' }]);
    expect(await publicIp()).toBeUndefined();
    await tell([]);
    expect(await shown()).toEqual([]);
  });

  it('change places', async () => {
    const other = { id: two, publicIp: '192.0.2.2' };
    await tell([{ association: place }, other]);
    await tell([{}, { ...other, association: place }]);
    expect(await publicIp()).toBe('192.0.2.2');
    expect((await shown()).map((a: { InstanceId: string }) => a.InstanceId)).toEqual(['', instance]);
  });

  it('stay as they are where an operation of ours has them in hand', async () => {
    await tell([{ association: place }]);
    await tell([], [one]);
    await tell([{}], [one]);
    expect(await publicIp()).toBe('192.0.2.1');
    await tell([{ id: two }], [one, two]);
    expect(await shown()).toHaveLength(1);
  });
});
