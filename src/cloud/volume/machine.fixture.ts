import { type Output, type TestWorld, testAccount } from '../../../test/support/world.ts';
import { write } from '../context/writing.ts';
import { instance } from '../instance/instance.ts';

/** The zone of a region's instances in these tests. */
export const here = 'us-east-1a';

/** A public image of the region: bootable from a volume, or from the machine's own disk. */
export const publicImage = (w: TestWorld, rootDeviceType: 'ebs' | 'instance-store' = 'ebs') =>
  w.driver.catalogue
    .images('us-east-1')
    .find(
      (i) =>
        i.type === 'machine' &&
        i.architecture === 'x86_64' &&
        i.rootDeviceType === rootDeviceType &&
        !i.platform &&
        i.deprecatedAt === undefined,
    )!;

/** A running instance, as DescribeInstances shows it. */
export async function running(w: TestWorld, input: object = {}, account = testAccount): Promise<Output> {
  const request = {
    ImageId: publicImage(w).id,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    Placement: { AvailabilityZone: here },
    ...input,
  };
  const launched = await w.call('RunInstances', request, { account });
  await w.settle();
  return instanceOf(w, launched.Instances[0].InstanceId, account);
}

/** A stopped instance: its row and its machine, without the requests that lead there. */
export async function stopped(w: TestWorld, input: object = {}): Promise<Output> {
  const { InstanceId } = await running(w, input);
  const scope = { account: testAccount, region: 'us-east-1' };
  await w.driver.compute.power(
    InstanceId,
    'off',
    { force: true },
    { ...scope, operation: 'op-test', signal: new AbortController().signal },
  );
  await setState(w, InstanceId, 'stopped');
  return instanceOf(w, InstanceId);
}

/** Puts an instance's row into a state, as if the cloud had. */
export const setState = (w: TestWorld, id: string, state: 'stopped' | 'stopping' | 'shutting-down'): Promise<unknown> =>
  write(w.world, { account: testAccount, region: 'us-east-1' }, async (tx) =>
    tx.update(instance, await tx.need(instance, id), { state }),
  );

export async function instanceOf(w: TestWorld, id: string, account = testAccount): Promise<Output> {
  return (await w.call('DescribeInstances', { InstanceIds: [id] }, { account })).Reservations[0].Instances[0];
}
