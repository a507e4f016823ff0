import type { World } from '../../src/cloud/context/world.ts';
import { write } from '../../src/cloud/context/writing.ts';
import removeOrphan from '../../src/cloud/reconcile/operations/removeOrphan.ts';
import { nobody } from '../../src/cloud/reconcile/orphans.ts';
import type { Call, Driver } from '../../src/ports/driver.ts';
import type { Scope, Shelf } from '../../src/ports/store.ts';
import { foreignCloud } from '../support/foreignCloud.ts';
import { resizingCloud } from '../support/resizingCloud.ts';
import { sharingCloud } from '../support/sharingCloud.ts';
import type { Output, TestWorld } from '../support/world.ts';
import { networkScenarios } from './networkScenarios.ts';

/** What a client does in a scenario. */
export interface Client {
  readonly world: World;
  readonly scope: Scope;
  call(action: Parameters<TestWorld['call']>[0], input: object): Promise<Output>;
  settle(): Promise<void>;
}

/** One realistic request for each operation. */
export interface Scenario {
  /** What is there before, at rest. Gives what the request names. */
  readonly given: (client: Client) => Promise<Output>;
  /** The request that starts the operation. */
  readonly act: (client: Client, given: Output) => Promise<unknown>;
  /**
   * What the cloud holds when the operation fails for good: `clean` = what the rows say; `kept` = what was to go may
   * be there still, for there is no way back from a deletion.
   */
  readonly failure: 'clean' | 'kept';
  /** The cloud is this one, in place of the plain simulator. */
  readonly cloud?: (driver: Driver, shelf: Shelf) => Driver;
  /** Who asks is a loop of the server, which asks again after a restart. */
  readonly loop?: boolean;
  /** The answer waits for the operation. */
  readonly waits?: boolean;
}

const zone = 'us-east-1a';

/** A public image with an EBS root. */
async function imageId(client: Client): Promise<string> {
  const Filters = [
    { Name: 'name', Values: ['al2023-ami-2023*'] },
    { Name: 'architecture', Values: ['x86_64'] },
  ];
  const { Images } = await client.call('DescribeImages', { Owners: ['amazon'], Filters });
  return Images[0].ImageId;
}

async function run(client: Client, count: number): Promise<readonly string[]> {
  const { Instances } = await client.call('RunInstances', {
    ImageId: await imageId(client),
    InstanceType: 't3.micro',
    MinCount: count,
    MaxCount: count,
    Placement: { AvailabilityZone: zone },
    BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 5, DeleteOnTermination: true } }],
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'crash' }] }],
  });
  return Instances.map((i: Output) => i.InstanceId);
}

async function runningInstance(client: Client): Promise<{ id: string }> {
  const [id] = await run(client, 1);
  await client.settle();
  return { id: id! };
}

async function stoppedInstance(client: Client): Promise<{ id: string }> {
  const { id } = await runningInstance(client);
  await client.call('StopInstances', { InstanceIds: [id] });
  await client.settle();
  return { id };
}

async function availableVolume(client: Client): Promise<{ id: string }> {
  const { VolumeId } = await client.call('CreateVolume', { AvailabilityZone: zone, Size: 3, VolumeType: 'gp3' });
  await client.settle();
  return { id: VolumeId };
}

async function volumeAndInstance(client: Client): Promise<{ VolumeId: string; InstanceId: string }> {
  const InstanceId = (await runningInstance(client)).id;
  return { VolumeId: (await availableVolume(client)).id, InstanceId };
}

/** An account that has what every account has. */
const nothing = (client: Client): Promise<Output> => client.call('DescribeVpcs', {});

export const scenarios: Readonly<Record<string, Scenario>> = {
  'tags.mirror': {
    cloud: foreignCloud().wrap,
    given: availableVolume,
    act: (c, { id }) => c.call('CreateTags', { Resources: [id], Tags: [{ Key: 'crash', Value: 'yes' }] }),
    failure: 'clean',
  },
  'volume.provision': {
    given: nothing,
    act: (c) => c.call('CreateVolume', { AvailabilityZone: zone, Size: 8, ClientToken: 'one' }),
    failure: 'clean',
  },
  'volume.modify': {
    given: availableVolume,
    act: (c, { id }) => c.call('ModifyVolume', { VolumeId: id, Size: 8 }),
    failure: 'clean',
  },
  'volume.delete': {
    given: availableVolume,
    act: (c, { id }) => c.call('DeleteVolume', { VolumeId: id }),
    failure: 'kept',
  },
  'volume.attach': {
    given: volumeAndInstance,
    act: (c, ids) => c.call('AttachVolume', { ...ids, Device: '/dev/sdg' }),
    failure: 'clean',
  },
  'volume.detach': {
    given: async (c) => {
      const ids = await volumeAndInstance(c);
      await c.call('AttachVolume', { ...ids, Device: '/dev/sdg' });
      await c.settle();
      return ids;
    },
    act: (c, ids) => c.call('DetachVolume', ids),
    failure: 'clean',
  },
  'snapshot.begin': {
    // Whether it has room for a first snapshot is known to the cloud alone.
    cloud: (driver) => ({
      ...driver,
      storageQuota: async (asked) => ({
        ...{ volumes: 9, volumeGiB: asked.some((one) => 'volume' in one) ? 0 : 9, snapshots: 9 },
      }),
    }),
    waits: true,
    given: availableVolume,
    act: (c, { id }) => c.call('CreateSnapshot', { VolumeId: id, Description: 'crash' }),
    failure: 'clean',
  },
  'snapshot.create': {
    given: availableVolume,
    act: (c, { id }) => c.call('CreateSnapshot', { VolumeId: id, Description: 'crash' }),
    failure: 'clean',
  },
  'snapshot.delete': {
    given: async (c) => {
      const { SnapshotId } = await c.call('CreateSnapshot', { VolumeId: (await availableVolume(c)).id });
      await c.settle();
      return { id: SnapshotId };
    },
    act: (c, { id }) => c.call('DeleteSnapshot', { SnapshotId: id }),
    failure: 'kept',
  },
  'image.create': {
    given: runningInstance,
    act: (c, { id }) => c.call('CreateImage', { InstanceId: id, Name: 'crash' }),
    failure: 'clean',
  },
  'image.remove': {
    given: async (c) => {
      const { ImageId } = await c.call('CreateImage', { InstanceId: (await runningInstance(c)).id, Name: 'crash' });
      await c.settle();
      return { id: ImageId };
    },
    act: (c, { id }) => c.call('DeregisterImage', { ImageId: id }),
    failure: 'kept',
  },
  'image.share': {
    cloud: sharingCloud().wrap,
    waits: true,
    given: async (c) => {
      const { ImageId } = await c.call('RegisterImage', { Name: 'crash', ImageLocation: 'bucket/crash.manifest.xml' });
      await c.settle();
      return { id: ImageId };
    },
    act: (c, { id }) =>
      c.call('ModifyImageAttribute', { ImageId: id, LaunchPermission: { Add: [{ UserId: '123456789012' }] } }),
    failure: 'clean',
  },
  'instance.launch': { given: nothing, act: (c) => run(c, 2), failure: 'clean' },
  'instance.start': {
    given: stoppedInstance,
    act: (c, { id }) => c.call('StartInstances', { InstanceIds: [id] }),
    failure: 'clean',
  },
  'instance.stop': {
    given: runningInstance,
    act: (c, { id }) => c.call('StopInstances', { InstanceIds: [id] }),
    failure: 'kept',
  },
  'instance.reboot': {
    given: runningInstance,
    act: (c, { id }) => c.call('RebootInstances', { InstanceIds: [id] }),
    failure: 'clean',
  },
  'instance.resize': {
    cloud: (driver, shelf) => resizingCloud(shelf).wrap(driver),
    waits: true,
    given: stoppedInstance,
    act: (c, { id }) => c.call('ModifyInstanceAttribute', { InstanceId: id, InstanceType: { Value: 't3.small' } }),
    failure: 'clean',
  },
  'instance.terminate': {
    given: runningInstance,
    act: (c, { id }) => c.call('TerminateInstances', { InstanceIds: [id] }),
    failure: 'kept',
  },
  ...networkScenarios,
  'orphan.remove': { given: orphan, act: (c, { id }) => askToRemove(c, id), failure: 'kept', loop: true },
};

/** A volume that the cloud has, and nobody owns. */
async function orphan({ world, scope }: Client): Promise<{ id: string }> {
  const id = `vol-${world.random.id()}`;
  const call: Call = { ...scope, operation: 'lost', signal: AbortSignal.timeout(60_000) };
  const spec = { zone, sizeGiB: 1, type: 'gp3', encrypted: false };
  await world.regions.get(scope.region)!.driver.volumes.ensure(id, spec, call);
  return { id };
}

const askToRemove = ({ world, scope }: Client, id: string): Promise<void> =>
  write(world, { ...scope, account: nobody }, (tx) => tx.start(removeOrphan, id, { kind: 'volume', id }));
