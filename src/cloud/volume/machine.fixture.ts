import type { Driver } from '../../ports/driver.ts';
import type { World } from '../context/world.ts';
import { write } from '../context/writing.ts';
import { instance } from '../instance/instance.ts';

/** What these tests need of a test's world. */
export interface Tested {
  readonly world: World;
  readonly driver: Driver;
  call(action: 'RunInstances' | 'DescribeInstances', input: object): Promise<unknown>;
  settle(): Promise<void>;
}

/** What these tests read of an instance, as DescribeInstances shows it. */
export interface Shown {
  readonly InstanceId: string;
  readonly RootDeviceName: string;
  readonly BlockDeviceMappings: readonly {
    readonly DeviceName: string;
    readonly Ebs: { readonly VolumeId: string; readonly Status: string };
  }[];
}

/** The account of a test that names none. */
const scope = { account: '111122223333', region: 'us-east-1' } as const;

/** A public image of the region: bootable from a volume, or from the machine's own disk. */
export const publicImage = (w: Tested, rootDeviceType: 'ebs' | 'instance-store' = 'ebs') =>
  w.driver.catalogue
    .images(scope.region)
    .find(
      (i) =>
        i.type === 'machine' &&
        i.architecture === 'x86_64' &&
        i.rootDeviceType === rootDeviceType &&
        !i.platform &&
        i.deprecatedAt === undefined,
    )!;

/** A running instance in the region's first zone. */
export async function running(w: Tested, input: object = {}): Promise<Shown> {
  const Placement = { AvailabilityZone: 'us-east-1a' };
  const request = {
    ImageId: publicImage(w).id,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    Placement,
    ...input,
  };
  const { Instances } = (await w.call('RunInstances', request)) as { Instances: readonly Shown[] };
  await w.settle();
  return instanceOf(w, Instances[0]!.InstanceId);
}

/** A stopped instance: its row and its machine, without the requests that lead there. */
export async function stopped(w: Tested): Promise<Shown> {
  const { InstanceId } = await running(w);
  const call = { ...scope, operation: 'op-test', signal: new AbortController().signal };
  await w.driver.compute.power(InstanceId, 'off', { force: true }, call);
  await setState(w, InstanceId, 'stopped');
  return instanceOf(w, InstanceId);
}

/** Puts an instance's row into a state, as if the cloud had. */
export const setState = (w: Tested, id: string, state: 'stopped' | 'stopping'): Promise<unknown> =>
  write(w.world, scope, async (tx) => tx.update(instance, await tx.need(instance, id), { state }));

export async function instanceOf(w: Tested, id: string): Promise<Shown> {
  const { Reservations } = (await w.call('DescribeInstances', { InstanceIds: [id] })) as {
    Reservations: readonly { Instances: readonly Shown[] }[];
  };
  return Reservations[0]!.Instances[0]!;
}
