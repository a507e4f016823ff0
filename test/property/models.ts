import type { Resource, Row } from '../../src/kernel/resource.ts';
import { type Output, testAccount, testWorld } from '../support/world.ts';

/** Real rows of every kind, after which random ones are made. */
export async function modelRows(kinds: readonly string[]): Promise<ReadonlyMap<string, readonly Row[]>> {
  const w = await testWorld();
  await populate((action, input = {}) => w.call(action, input), w.settle);
  const models = new Map<string, readonly Row[]>();
  for (const kind of kinds) {
    const items = await w.world.store.read.items({ kind, region: 'us-east-1', account: testAccount });
    const others = await w.world.store.read.items({ kind, region: 'us-east-1', limit: 20 });
    models.set(
      kind,
      [...items, ...others].map((item) => JSON.parse(item.body) as Row),
    );
  }
  await w.close();
  return models;
}

type CallAction = (
  action: Parameters<Awaited<ReturnType<typeof testWorld>>['call']>[0],
  input?: object,
) => Promise<Output>;

async function populate(call: CallAction, settle: () => Promise<void>): Promise<void> {
  const { Images } = await call('DescribeImages', {
    Owners: ['amazon'],
    Filters: [{ Name: 'name', Values: ['al2023-ami-2023*x86_64'] }],
  });
  await call('CreateKeyPair', { KeyName: 'one', KeyType: 'ed25519' });
  const { GroupId } = await call('CreateSecurityGroup', { GroupName: 'web', Description: 'web' });
  await call('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
  });
  const run = { ImageId: Images[0].ImageId, MinCount: 2, MaxCount: 2, KeyName: 'one' };
  const { Instances } = await call('RunInstances', { ...run, InstanceType: 't3.micro' });
  await call('RunInstances', { ...run, InstanceType: 'm5.large', SecurityGroupIds: [GroupId] });
  await call('AllocateAddress', {});
  const { AllocationId } = await call('AllocateAddress', {});
  await settle();
  await call('AssociateAddress', { AllocationId, InstanceId: Instances[0].InstanceId });
  await call('StopInstances', { InstanceIds: [Instances[1].InstanceId] });
  const { VolumeId } = await call('CreateVolume', {
    AvailabilityZone: 'us-east-1b',
    Size: 7,
    VolumeType: 'gp3',
    Encrypted: true,
  });
  await settle();
  await call('CreateSnapshot', { VolumeId, Description: 'first *' });
  await call('CreateImage', { InstanceId: Instances[0].InstanceId, Name: 'mine', NoReboot: true });
  await settle();
}

/** Numbers by which a random row is put together. */
export interface Dice {
  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number;
}

/** A row each of whose members is one of a real row: no real row need be like it. */
export function mixedRow(resource: Resource, models: readonly Row[], dice: Dice, tags: Row['tags']): Row {
  const base = models[dice.below(models.length)]!;
  const mixed: Record<string, unknown> = { ...base };
  for (const key of Object.keys(base)) {
    const value = (models[dice.below(models.length)] as unknown as Record<string, unknown>)[key];
    if (value !== undefined) mixed[key] = value;
  }
  const id = `${resource.prefix}-${Array.from({ length: 17 }, () => dice.below(16).toString(16)).join('')}`;
  return { ...mixed, id, createdAt: base.createdAt + dice.below(3) * 1_000, tags } as Row;
}
