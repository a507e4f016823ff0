import type { Reading } from '../../../cloud/context/reading.ts';
import type { InstanceRow } from '../../../cloud/instance/row.ts';
import { machineUuid } from '../../../ports/ids.ts';
import { type Folder, folder, type Leaf, type Node } from './node.ts';

/** The versions that Nova lists. Each adds to the one before it. */
const dated = [
  '2012-08-10',
  '2013-04-04',
  '2013-10-17',
  '2015-10-15',
  '2016-06-30',
  '2016-10-06',
  '2017-02-22',
  '2018-08-27',
  '2020-10-14',
  '2025-04-04',
] as const;
type Version = (typeof dated)[number];

/** `/openstack` of an instance, as Nova's own metadata API has it: what OpenStack's guests read. */
export function openStack(cx: Reading, row: InstanceRow): Folder {
  const names = dated.map((version) => [version, versionOf(cx, row, version)] as const);
  return folder({ ...Object.fromEntries(names), latest: versionOf(cx, row, dated[dated.length - 1]!) });
}

function versionOf(cx: Reading, row: InstanceRow, version: Version): Folder {
  const since = (first: Version, node: Node | string | undefined) => (version >= first ? node : undefined);
  const userData = Buffer.from(row.userData ?? '', 'base64');
  return folder({
    'meta_data.json': json(() => metaDataOf(cx, row, version)),
    user_data: userData.length === 0 ? undefined : { value: userData, type: 'application/octet-stream' },
    password: since('2013-04-04', { value: async () => passwordOf(cx, row) }),
    'vendor_data.json': since(
      '2013-10-17',
      json(() => ({})),
    ),
    'network_data.json': since(
      '2015-10-15',
      json(() => networkDataOf(row)),
    ),
    'vendor_data2.json': since(
      '2016-10-06',
      json(() => ({})),
    ),
  });
}

const json = (make: () => object): Leaf => ({
  value: async () => JSON.stringify(make()),
  type: 'application/json',
});

/** Members that have nothing to say are left out where Nova leaves them out. */
function metaDataOf({ world }: Reading, row: InstanceRow, version: Version): object {
  const { publicKey, keyName = '' } = row;
  const tags = row.metadata.tags === 'enabled' ? row.tags : {};
  const [algorithm, base64] = publicKey?.split(' ') ?? [];
  const data = `${algorithm} ${base64} ${keyName}\n`;
  return {
    uuid: machineUuid(row.id),
    ...(Object.keys(tags).length > 0 && { meta: tags }),
    ...(publicKey !== undefined && {
      public_keys: { [keyName]: data },
      keys: [{ name: keyName, type: 'ssh', data }],
    }),
    hostname: row.privateDns || row.id,
    name: tags.Name ?? row.id,
    launch_index: row.launchIndex,
    availability_zone: row.zone,
    ...(version >= '2013-04-04' && { random_seed: Buffer.from(world.random.hex(1024), 'hex').toString('base64') }),
    ...(version >= '2015-10-15' && { project_id: row.account }),
    ...(version >= '2016-06-30' && { devices: [] }),
    ...(version >= '2020-10-14' && { dedicated_cpus: [] }),
  };
}

/** Everything but what a link is comes by DHCP: addresses, routes, DNS, MTU. */
function networkDataOf({ interfaces }: InstanceRow): object {
  const inOrder = [...interfaces].sort((one, other) => one.deviceIndex - other.deviceIndex);
  return {
    links: inOrder.map(({ id, mac }, at) => ({
      ...{ id: `interface${at}`, vif_id: id, type: 'phy', mtu: null, ethernet_mac_address: mac },
    })),
    networks: inOrder.map(({ subnet }, at) => ({
      ...{ id: `network${at}`, type: 'ipv4_dhcp', link: `interface${at}`, network_id: subnet },
    })),
    services: [],
  };
}

/** What the guest left; nothing before it did. */
const passwordOf = ({ world }: Reading, { password }: InstanceRow): Uint8Array =>
  password === undefined ? Buffer.alloc(0) : Buffer.from(world.secrets.open(password), 'base64');

/** Whether a way down the tree is that of the password. */
export const isPassword = ([top, version, name, ...more]: readonly string[]): boolean =>
  top === 'openstack' &&
  name === 'password' &&
  more.length === 0 &&
  (version === 'latest' || dated.slice(1).some((one) => one === version));
