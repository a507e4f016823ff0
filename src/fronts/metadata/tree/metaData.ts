import type { Reading } from '../../../cloud/context/reading.ts';
import { rowOf } from '../../../cloud/context/rows.ts';
import { image } from '../../../cloud/image/image.ts';
import type { ImageRow } from '../../../cloud/image/row.ts';
import type { InstanceRow } from '../../../cloud/instance/row.ts';
import { interfacesOf } from './interfaces.ts';
import { type Folder, folder, type Leaf, lazyFolder, type Node } from './node.ts';

/** `meta-data/` of an instance (user guide, "Instance metadata categories"). */
export function metaData(cx: Reading, row: InstanceRow): Folder {
  const primary = row.interfaces.find((one) => one.deviceIndex === 0);
  return folder({
    'ami-id': row.image || undefined,
    'ami-launch-index': String(row.launchIndex),
    'ami-manifest-path': manifestPath(cx, row),
    'block-device-mapping': row.rootDeviceName ? lazyFolder(async () => blockDevices(cx, row)) : blockDevices(cx, row),
    events: folder({ maintenance: folder({ history: '[]', scheduled: '[]' }) }),
    hibernation: folder({ configured: 'false' }),
    hostname: row.privateDns || undefined,
    'instance-action': 'none',
    'instance-id': row.id,
    'instance-life-cycle': 'on-demand',
    'instance-type': row.instanceType,
    'kernel-id': row.kernel,
    'local-hostname': row.privateDns || undefined,
    'local-ipv4': row.privateIp,
    mac: primary?.mac,
    metrics: folder({ vhostmd: '<?xml version="1.0" encoding="UTF-8"?>' }),
    network: folder({
      interfaces: folder({ macs: row.interfaces.length === 0 ? undefined : lazyFolder(() => interfacesOf(cx, row)) }),
    }),
    placement: placement(row),
    'product-codes': row.productCodes?.join('\n') || undefined,
    'public-hostname': row.publicDns || undefined,
    'public-ipv4': primary?.publicAddress?.ip,
    'public-keys': publicKeys(row),
    'ramdisk-id': row.ramdisk,
    'reservation-id': row.reservation,
    'security-groups': row.groups.map(({ name }) => name).join('\n') || undefined,
    services: services(row.region),
    tags: folder({ instance: tags(row) }),
  });
}

/** EC2 says `(unknown)` where the root is a volume. */
function manifestPath({ reader }: Reading, row: InstanceRow): Leaf {
  if (row.rootDeviceType === 'ebs') return { value: '(unknown)' };
  return {
    value: async () => {
      const [item] = await reader.items({ kind: image.kind, region: row.region, ids: [row.image] });
      return item === undefined ? '(unknown)' : rowOf<ImageRow>(item).location;
    },
  };
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** How many disks of the type's own the machine has that EC2 tells of: those that are NVMe are not told. */
function ownDisksOf({ here: { driver } }: Reading, { instanceType, account }: InstanceRow): number {
  const info = driver.can.ownDisks ? driver.catalogue.instanceType(instanceType, account) : undefined;
  const disks = info?.InstanceStorageInfo;
  if (disks?.NvmeSupport === 'required') return 0;
  return disks?.Disks?.reduce((sum, { Count = 0 }) => sum + Count, 0) ?? 0;
}

/** Device names; only that of the root has its `/dev/`. */
function blockDevices(cx: Reading, row: InstanceRow): Folder {
  const { rootDeviceName: root, blockDevices: disks } = row;
  const bare = (device: string): string => device.replace(/^\/dev\//, '');
  const others = disks.filter(({ device }) => device !== root);
  return folder({
    ami: root && bare(root),
    ...Object.fromEntries(others.map(({ device }, at) => [`ebs${at + 1}`, bare(device)])),
    ...Object.fromEntries(ownNames(row, ownDisksOf(cx, row)).map((name, at) => [`ephemeral${at}`, name])),
    root,
  });
}

/**
 * The type's own disks have the names that follow those of the volumes with which the machine was switched on: what is
 * attached later is behind them. No name is a volume's.
 */
function ownNames({ blockDevices: disks, launchedAt }: InstanceRow, count: number): readonly string[] {
  const taken = new Set(disks.map(({ device }) => device.slice(-1)));
  const first = disks.filter(({ attachedAt }) => attachedAt <= launchedAt).length;
  const free = [...letters.slice(first)].filter((letter) => !taken.has(letter));
  return free.slice(0, count).map((letter) => `sd${letter}`);
}

const placement = (row: InstanceRow): Folder =>
  folder({
    'availability-zone': row.zone,
    'availability-zone-id': row.zoneId,
    'group-name': row.placementGroup,
    'partition-number': row.partition === undefined ? undefined : String(row.partition),
    region: row.region,
  });

/** The one key, listed as `0=NAME`. */
function publicKeys({ publicKey, keyName = '' }: InstanceRow): Node | undefined {
  if (publicKey === undefined) return undefined;
  const [algorithm, base64] = publicKey.split(' ');
  return {
    ...folder({ 0: folder({ 'openssh-key': `${algorithm} ${base64} ${keyName}\n` }) }),
    listed: [`0=${keyName}`],
  };
}

function services(region: string): Folder {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return folder({ domain: partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com', partition });
}

/** Keys that EC2 lets be part of a path; it refuses to enable tags in metadata where an instance has others. */
const pathKey = /^(?!\.{1,2}$|_index$)[0-9a-zA-Z\-_+=,.@:]{1,255}$/;

function tags({ metadata, tags: all }: InstanceRow): Folder | undefined {
  if (metadata.tags !== 'enabled') return undefined;
  const shown = Object.entries(all).filter(([key]) => pathKey.test(key) && !key.startsWith('aws:'));
  return { children: new Map(shown.map(([key, value]) => [key, { value }])) };
}
