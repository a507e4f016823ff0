import type { ForeignBlockDevice, ForeignImage, ForeignSnapshot } from '../../../ports/driver.ts';
import { architectureNamed } from '../catalogue/flavors.ts';
import { idOf } from '../ids.ts';
import type { Image } from '../rest/glance.ts';
import { idsOf, type Naming, text, typeOf } from './imageNames.ts';

/** Something of the cloud's under the EC2 id that it is shown by. */
export interface Adopted<T> {
  /** The cloud's own id. */
  readonly native: string;
  readonly shown: T;
}

/** Public images, and the snapshots that their volumes are made of. */
export interface ForeignImages {
  readonly images: readonly Adopted<ForeignImage>[];
  readonly snapshots: readonly Adopted<ForeignSnapshot>[];
}

/** Glance's images as EC2 shows them, the oldest first. */
export function foreignImages(found: readonly Image[], naming: Naming): ForeignImages {
  const sorted = [...found].sort(byAge);
  const ids = idsOf(sorted, naming);
  const snapshots = new Map<string, Adopted<ForeignSnapshot>>();
  const images = sorted.map((image) => {
    const volumes = volumesOf(image, naming);
    for (const volume of volumes) {
      const { native } = volume;
      if (!snapshots.has(native)) snapshots.set(native, { native, shown: snapshotOf(image, volume, naming) });
    }
    return { native: image.id, shown: imageOf(image, ids, volumes, naming) };
  });
  return { images, snapshots: [...snapshots.values()] };
}

const ownerOf = ({ owner }: Image, { accounts }: Naming): string => accounts.get(owner ?? '') ?? '000000000000';

const byAge = (one: Image, other: Image): number =>
  one.created_at === other.created_at ? compare(one.id, other.id) : compare(one.created_at, other.created_at);
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function imageOf(
  image: Image,
  ids: ReadonlyMap<string, string>,
  volumes: readonly ImageVolume[],
  naming: Naming,
): ForeignImage {
  const ownerId = ownerOf(image, naming);
  const name = image.name || image.id;
  const type = typeOf(image);
  const windows = [text(image, 'os_type'), text(image, 'os_distro')].some((os) => os?.toLowerCase() === 'windows');
  const part = (prefix: 'aki' | 'ari', native: string | undefined) =>
    native && (ids.get(native) ?? naming.known?.(native) ?? idOf(prefix, native));
  const kernelId = part('aki', text(image, 'kernel_id'));
  const firmware = { uefi: 'uefi', bios: 'legacy-bios' }[text(image, 'hw_firmware_type') ?? ''];
  return {
    id: ids.get(image.id)!,
    type,
    name,
    ...given({ description: text(image, 'description') }),
    ownerId,
    location: `${ownerId}/${name}`,
    architecture: architectureNamed(text(image, 'hw_architecture') ?? text(image, 'architecture') ?? '') ?? 'x86_64',
    ...(windows && { platform: 'windows' }),
    platformDetails: windows ? 'Windows' : 'Linux/UNIX',
    usageOperation: windows ? 'RunInstances:0002' : 'RunInstances',
    // EC2 knows kernels only of paravirtual images.
    virtualizationType: kernelId === undefined && type === 'machine' ? 'hvm' : 'paravirtual',
    hypervisor: 'xen',
    rootDeviceType: volumes.some((volume) => volume.root) ? 'ebs' : 'instance-store',
    ...(type === 'machine' && { rootDeviceName: rootDeviceOf(image) }),
    blockDevices: volumes.map(deviceOf),
    ...given({ kernelId, ramdiskId: part('ari', text(image, 'ramdisk_id')) }),
    enaSupport: false,
    ...given({ bootMode: firmware as ForeignImage['bootMode'] }),
    freeTierEligible: false,
    createdAt: Date.parse(image.created_at),
  };
}

/** A volume of a volume-backed image: the snapshot it is made of, and where it goes. */
interface ImageVolume {
  readonly device: string;
  readonly root: boolean;
  /** Cinder's id of the snapshot, and ours. */
  readonly native: string;
  readonly snapshot: string;
  readonly sizeGiB: number;
  readonly deleteOnTermination: boolean;
}

/** A member of the property `block_device_mapping`, which Nova writes when it makes an image of a volume-backed server. */
interface Mapping {
  readonly source_type?: string;
  readonly snapshot_id?: string | null;
  readonly volume_size?: number | null;
  readonly boot_index?: number | null;
  readonly device_name?: string | null;
  readonly delete_on_termination?: boolean | null;
}

/** Whether an image may name snapshots. */
export const hasVolumes = (image: Image): boolean => text(image, 'block_device_mapping') !== undefined;

/**
 * The volumes of an image that are made of snapshots, the root first, each with a device: Nova leaves out names that it
 * chose itself.
 */
function volumesOf(image: Image, { made }: Naming): readonly ImageVolume[] {
  const mappings = mappingsOf(image).filter(({ snapshot_id: id }) => typeof id === 'string' && id !== '');
  const root = rootDeviceOf(image);
  const free = namesLike(root, new Set([root, ...mappings.flatMap((one) => one.device_name ?? [])]));
  const isRootOf = (one: Mapping): boolean => one.boot_index === 0 || one.device_name === root;
  const rootFirst = mappings.toSorted((one, other) => Number(isRootOf(other)) - Number(isRootOf(one)));
  return rootFirst.map((one) => {
    const isRoot = isRootOf(one);
    const native = one.snapshot_id!;
    return {
      device: isRoot ? root : (one.device_name ?? free()),
      root: isRoot,
      native,
      snapshot: made.get(native) ?? idOf('snap', native),
      // The size of the volume is the snapshot's at least; without it the image says how large a disk it needs.
      sizeGiB: one.volume_size || (isRoot && image.min_disk) || 1,
      deleteOnTermination: one.delete_on_termination === true,
    };
  });
}

/** JSON in a text; what is not a list of mappings is no mapping at all. */
function mappingsOf(image: Image): readonly Mapping[] {
  const said = text(image, 'block_device_mapping');
  if (said === undefined || !said.trimStart().startsWith('[')) return [];
  try {
    return (JSON.parse(said) as readonly unknown[]).filter(
      (one): one is Mapping => typeof one === 'object' && one !== null,
    );
  } catch {
    return [];
  }
}

function rootDeviceOf(image: Image): string {
  const said = text(image, 'root_device_name');
  if (said === undefined) return '/dev/vda';
  return said.startsWith('/dev/') ? said : `/dev/${said}`;
}

/** Gives the next free name of a device beside the root's: `/dev/vdb`, `/dev/vdc`, … */
function namesLike(root: string, taken: ReadonlySet<string>): () => string {
  const stem = root.replace(/[a-z]\d*$/, '');
  const letters = [...'bcdefghijklmnopqrstuvwxyz'].map((letter) => stem + letter).filter((name) => !taken.has(name));
  return () => letters.shift() ?? `${stem}z`;
}

const deviceOf = (volume: ImageVolume): ForeignBlockDevice => ({
  deviceName: volume.device,
  ebs: {
    snapshotId: volume.snapshot,
    sizeGiB: volume.sizeGiB,
    // EC2's word for a volume of no special type.
    volumeType: 'gp2',
    deleteOnTermination: volume.deleteOnTermination,
    encrypted: false,
  },
});

const snapshotOf = (image: Image, volume: ImageVolume, naming: Naming): ForeignSnapshot => ({
  id: volume.snapshot,
  ownerId: ownerOf(image, naming),
  sizeGiB: volume.sizeGiB,
  description: `${volume.device} of the image ${image.name || image.id}`,
  startedAt: Date.parse(image.created_at),
  encrypted: false,
});

/** The members that have a value. */
const given = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
