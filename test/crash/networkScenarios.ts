import type { Driver } from '../../src/ports/driver.ts';
import type { Shelf } from '../../src/ports/store.ts';
import { createCloudNetworks } from '../support/cloudNetworks.ts';
import type { Output } from '../support/world.ts';
import type { Client, Scenario } from './scenarios.ts';

/** An instance that runs in the first group of the account. */
async function running(client: Client): Promise<{ id: string }> {
  const Filters = [{ Name: 'name', Values: ['al2023-ami-2023*x86_64'] }];
  const { Images } = await client.call('DescribeImages', { Owners: ['amazon'], Filters });
  const input = { ImageId: Images[0].ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 };
  const { Instances } = await client.call('RunInstances', input);
  await client.settle();
  return { id: Instances[0].InstanceId };
}

async function allocated(client: Client): Promise<{ AllocationId: string }> {
  const { AllocationId } = await client.call('AllocateAddress', {});
  await client.settle();
  return { AllocationId };
}

async function group(client: Client, GroupName = 'web'): Promise<{ GroupId: string }> {
  const { GroupId } = await client.call('CreateSecurityGroup', { GroupName, Description: 'crash' });
  await client.settle();
  return { GroupId };
}

const rule = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };

const limits = { pool: 250, groups: 1_000, rulesPerGroup: 100 };

const waiting = {
  cloud: (driver: Driver, shelf: Shelf): Driver => ({ ...driver, networks: createCloudNetworks(shelf, limits) }),
  waits: true,
};

/** Requests whose answers wait for a cloud that has networks of its own. */
export const networkScenarios: Readonly<Record<string, Scenario>> = {
  'address.allocate': {
    ...waiting,
    given: (c): Promise<Output> => c.call('DescribeVpcs', {}).then(() => c.settle()),
    act: (c) => c.call('AllocateAddress', {}),
    failure: 'clean',
  },
  'address.apply': {
    ...waiting,
    given: async (c) => ({ ...(await allocated(c)), InstanceId: (await running(c)).id }),
    act: (c, input) => c.call('AssociateAddress', input),
    failure: 'clean',
  },
  'address.release': {
    ...waiting,
    given: allocated,
    act: (c, input) => c.call('ReleaseAddress', input),
    failure: 'kept',
  },
  'group.apply': {
    ...waiting,
    given: group,
    act: (c, input) => c.call('AuthorizeSecurityGroupIngress', { ...input, IpPermissions: [rule] }),
    failure: 'clean',
  },
  'group.remove': {
    ...waiting,
    given: group,
    act: (c, input) => c.call('DeleteSecurityGroup', input),
    failure: 'kept',
  },
  'instance.check-source-dest': {
    ...waiting,
    given: async (c) => ({ InstanceId: (await running(c)).id, SourceDestCheck: { Value: false } }),
    act: (c, input) => c.call('ModifyInstanceAttribute', input),
    failure: 'clean',
  },
  'instance.regroup': {
    ...waiting,
    given: async (c) => ({ InstanceId: (await running(c)).id, Groups: [(await group(c)).GroupId] }),
    act: (c, input) => c.call('ModifyInstanceAttribute', input),
    failure: 'clean',
  },
};
