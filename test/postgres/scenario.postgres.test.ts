import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../support/world.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

let database: TestDatabase;
let on: TestWorld;
let image: string;

beforeAll(async () => {
  database = await createDatabase();
  on = await testWorld({ store: await openPostgres({ url: database.url }), regions: ['us-east-1'] });
  const filters = [
    { Name: 'name', Values: ['al2023-ami-2023*'] },
    { Name: 'architecture', Values: ['x86_64'] },
  ];
  image = (await on.call('DescribeImages', { Filters: filters })).Images[0].ImageId;
});
afterAll(async () => {
  await on.close();
  await database.drop();
});

async function launch(count: number, name: string): Promise<readonly string[]> {
  const { Instances } = await on.call('RunInstances', {
    ImageId: image,
    InstanceType: 't3.micro',
    MinCount: count,
    MaxCount: count,
    Placement: { AvailabilityZone: 'us-east-1a' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }],
  });
  await on.settle();
  return Instances.map((one: { InstanceId: string }) => one.InstanceId);
}

async function instance(id: string) {
  return (await on.call('DescribeInstances', { InstanceIds: [id] })).Reservations[0].Instances[0];
}

it('takes an instance and its volumes through their lives', async () => {
  const [id] = (await launch(1, 'one')) as [string];
  expect((await instance(id)).State.Name).toBe('running');
  for (const [action, state] of [
    ['StopInstances', 'stopped'],
    ['StartInstances', 'running'],
  ] as const) {
    await on.call(action, { InstanceIds: [id] });
    await on.settle();
    expect((await instance(id)).State.Name).toBe(state);
  }
  const { VolumeId } = await on.call('CreateVolume', { Size: 3, AvailabilityZone: 'us-east-1a' });
  await on.settle();
  await on.call('AttachVolume', { VolumeId, InstanceId: id, Device: '/dev/sdf' });
  await on.settle();
  await expectRefusal(on.call('DeleteVolume', { VolumeId }), 'VolumeInUse');
  const { SnapshotId } = await on.call('CreateSnapshot', { VolumeId });
  const { ImageId } = await on.call('CreateImage', { InstanceId: id, Name: 'mine' });
  await on.settle();
  const [snapshot] = (await on.call('DescribeSnapshots', { SnapshotIds: [SnapshotId] })).Snapshots;
  expect(snapshot).toMatchObject({ State: 'completed', VolumeSize: 3 });
  const [made] = (await on.call('DescribeImages', { Owners: ['self'] })).Images;
  expect(made).toMatchObject({ ImageId, State: 'available' });
  await expectRefusal(
    on.call('DescribeImages', { ImageIds: [ImageId] }, { account: otherAccount }),
    'InvalidAMIID.NotFound',
  );
  await on.call('DetachVolume', { VolumeId });
  await on.settle();
  await on.call('DeleteVolume', { VolumeId });
  await on.call('TerminateInstances', { InstanceIds: [id] });
  await on.settle();
  expect((await instance(id)).State.Name).toBe('terminated');
  await expectRefusal(on.call('DescribeVolumes', { VolumeIds: [VolumeId] }), 'InvalidVolume.NotFound');
});

it('pages and filters as it does on the embedded store', async () => {
  const ids = [...(await launch(7, 'web-1')), ...(await launch(5, 'web-2'))];
  const found = async (filters: object, more: object = {}) => {
    const output = await on.call('DescribeInstances', { Filters: filters, ...more });
    const all: { InstanceId: string }[] = output.Reservations.flatMap((r: { Instances: object[] }) => r.Instances);
    return { ids: all.map((one) => one.InstanceId), next: output.NextToken as string | undefined };
  };
  const running = [
    { Name: 'instance-state-name', Values: ['running', 'pending'] },
    { Name: 'tag:Name', Values: ['web-*'] },
  ];
  const paged: string[] = [];
  let token: string | undefined;
  do {
    const page = await found(running, { MaxResults: 5, NextToken: token });
    expect(page.ids.length).toBeLessThanOrEqual(5);
    paged.push(...page.ids);
    token = page.next;
  } while (token !== undefined);
  expect(paged).toEqual(ids);
  expect((await found([{ Name: 'tag:Name', Values: ['web-2'] }])).ids).toEqual(ids.slice(7));
  expect((await found([{ Name: 'tag:Name', Values: ['WEB-2'] }])).ids).toEqual([]);
  const tags = await on.call('DescribeTags', { Filters: [{ Name: 'value', Values: ['web-1'] }] });
  expect(tags.Tags).toHaveLength(7);
});
