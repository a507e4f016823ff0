import type { Driver, ForeignImage } from '../../ports/driver.ts';
import type { Store } from '../../ports/store.ts';

/** What the tests of this folder need of a test world; outputs have the type that the world gives them. */
interface Tested<Output> {
  readonly driver: Driver;
  readonly world: { readonly store: Store };
  call(action: 'RunInstances' | 'DescribeInstances', input: object, options?: Options): Promise<Output>;
  settle(): Promise<void>;
}
interface Options {
  readonly account?: string;
  readonly region?: string;
}
type Catalogued = Pick<Tested<unknown>, 'driver'>;
type Stored = Pick<Tested<unknown>, 'world'>;
interface Launched {
  readonly Instances: readonly { readonly InstanceId: string }[];
}
interface Listed {
  readonly Reservations: readonly { readonly Instances: readonly unknown[] }[];
}

/** The id of the first public image that passes. */
export function imageWhere(w: Catalogued, passes: (image: ForeignImage) => boolean): string {
  const found = w.driver.catalogue.images('us-east-1').find(passes);
  if (found === undefined) throw new Error('the catalogue has no such image');
  return found.id;
}

/** Amazon Linux 2023 for x86_64: EBS root of 8 GiB on /dev/xvda, HVM, ENA. */
export const linux = (w: Catalogued): string =>
  imageWhere(w, (i) => i.name.startsWith('al2023-ami-2') && i.architecture === 'x86_64' && i.rootDeviceType === 'ebs');

export const arm = (w: Catalogued): string =>
  imageWhere(w, (i) => i.name.startsWith('al2023-ami-2') && i.architecture === 'arm64');

/** An image whose root is a disk of the machine itself. */
export const instanceStore = (w: Catalogued): string =>
  imageWhere(w, (i) => i.type === 'machine' && i.rootDeviceType === 'instance-store' && i.architecture === 'x86_64');

export const paravirtual = (w: Catalogued): string =>
  imageWhere(w, (i) => i.type === 'machine' && i.virtualizationType === 'paravirtual' && i.rootDeviceType === 'ebs');

/** RunInstances of one t3.micro, with `more` laid over. */
export const run = <Output>(w: Tested<Output>, more: object = {}, options?: Options): Promise<Output> =>
  w.call('RunInstances', { ImageId: linux(w), InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...more }, options);

/** Launches, waits until all is done, and gives the ids. */
export async function launched<Output extends Launched>(
  w: Tested<Output>,
  more: object = {},
  options?: Options,
): Promise<readonly string[]> {
  const out = await run(w, more, options);
  await w.settle();
  return out.Instances.map((i) => i.InstanceId);
}

/** An instance as DescribeInstances shows it now. */
export async function seen<Output extends Listed>(
  w: Tested<Output>,
  id: string,
  options?: Options,
): Promise<Output['Reservations'][number]['Instances'][number]> {
  const out = await w.call('DescribeInstances', { InstanceIds: [id] }, options);
  return out.Reservations[0]?.Instances[0];
}

/** Rows of a kind that the account has. */
export const countOf = (w: Stored, kind: string): Promise<number> =>
  w.world.store.read.count({ kind, region: 'us-east-1', account: '111122223333' });

/** What the account has taken of a quota. */
export const usedOf = (w: Stored, quota: string): Promise<number> =>
  w.world.store.read.usage({ account: '111122223333', region: 'us-east-1' }, quota);

/** The driver, with somebody who hears what is asked of its machines by one of their verbs, before it is done; what that throws is what the verb does. */
export const overheard = (
  driver: Driver,
  verb: keyof Driver['compute'],
  hear: (...asked: unknown[]) => void,
): Driver => ({
  ...driver,
  catalogue: driver.catalogue,
  compute: new Proxy(driver.compute, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== verb) return value.bind(target);
      return (...asked: unknown[]) => {
        hear(...asked);
        return value.apply(target, asked);
      };
    },
  }),
});
