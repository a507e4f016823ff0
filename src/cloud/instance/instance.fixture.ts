import type { CallOptions, Output, TestWorld } from '../../../test/support/world.ts';
import type { ForeignImage } from '../../ports/driver.ts';

/** The id of the first public image that passes. */
export function imageWhere(w: TestWorld, passes: (image: ForeignImage) => boolean): string {
  const found = w.driver.catalogue.images('us-east-1').find(passes);
  if (found === undefined) throw new Error('the catalogue has no such image');
  return found.id;
}

/** Amazon Linux 2023 for x86_64: EBS root of 8 GiB on /dev/xvda, HVM, ENA. */
export const linux = (w: TestWorld): string =>
  imageWhere(w, (i) => i.name.startsWith('al2023-ami-2') && i.architecture === 'x86_64' && i.rootDeviceType === 'ebs');

export const arm = (w: TestWorld): string =>
  imageWhere(w, (i) => i.name.startsWith('al2023-ami-2') && i.architecture === 'arm64');

/** An image whose root is a disk of the machine itself. */
export const instanceStore = (w: TestWorld): string =>
  imageWhere(w, (i) => i.type === 'machine' && i.rootDeviceType === 'instance-store' && i.architecture === 'x86_64');

export const paravirtual = (w: TestWorld): string =>
  imageWhere(w, (i) => i.type === 'machine' && i.virtualizationType === 'paravirtual' && i.rootDeviceType === 'ebs');

/** RunInstances of one t3.micro, with `more` laid over. */
export const run = (w: TestWorld, more: object = {}, options?: CallOptions): Promise<Output> =>
  w.call('RunInstances', { ImageId: linux(w), InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...more }, options);

/** Launches, waits until all is done, and gives the ids. */
export async function launched(w: TestWorld, more: object = {}, options?: CallOptions): Promise<readonly string[]> {
  const out = await run(w, more, options);
  await w.settle();
  return out.Instances.map((i: Output) => i.InstanceId);
}

/** An instance as DescribeInstances shows it now. */
export async function seen(w: TestWorld, id: string, options?: CallOptions): Promise<Output> {
  const out = await w.call('DescribeInstances', { InstanceIds: [id] }, options);
  return out.Reservations[0].Instances[0];
}

/** Rows of a kind that the account has. */
export const countOf = (w: TestWorld, kind: string): Promise<number> =>
  w.world.store.read.count({ kind, region: 'us-east-1', account: '111122223333' });

/** What the account has taken of a quota. */
export const usedOf = (w: TestWorld, quota: string): Promise<number> =>
  w.world.store.read.usage({ account: '111122223333', region: 'us-east-1' }, quota);
