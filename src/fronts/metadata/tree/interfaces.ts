import type { Reading } from '../../../cloud/context/reading.ts';
import type { InstanceInterface, InstanceRow } from '../../../cloud/instance/row.ts';
import { privateDnsName, publicDnsName } from '../../../cloud/interface/dns.ts';
import { publicAddressAt } from '../../../cloud/interface/row.ts';
import { subnet } from '../../../cloud/subnet/subnet.ts';
import { vpc } from '../../../cloud/vpc/vpc.ts';
import { type Folder, folder } from './node.ts';

/** `network/interfaces/macs/` of an instance: a folder for each interface, in the order of the devices. */
export async function interfacesOf(cx: Reading, row: InstanceRow): Promise<Folder> {
  const found = await Promise.all(
    [...row.interfaces]
      .sort((one, other) => one.deviceIndex - other.deviceIndex)
      .map(async (one) => [one.mac, await interfaceOf(cx, row, one)] as const),
  );
  return folder(Object.fromEntries(found));
}

async function interfaceOf(cx: Reading, row: InstanceRow, one: InstanceInterface): Promise<Folder> {
  const [itsSubnet, itsVpc] = await Promise.all([cx.find(subnet, one.subnet), cx.find(vpc, one.vpc)]);
  const [privateIp] = one.privateIps;
  const associated = one.privateIps.flatMap((ip) => {
    const shown = publicAddressAt(one, ip);
    return shown === undefined ? [] : [[shown.ip, ip] as const];
  });
  const publicIp = one.publicAddress?.ip;
  const blocks = itsVpc?.cidrBlocks.map(({ cidr }) => cidr) ?? [];
  return folder({
    'device-number': String(one.deviceIndex),
    'interface-id': one.id,
    'ipv4-associations': folder(Object.fromEntries(associated)),
    'local-hostname':
      (one.deviceIndex === 0 ? row.privateDns : privateIp && privateDnsName(row.region, privateIp)) || undefined,
    'local-ipv4s': one.privateIps.join('\n') || undefined,
    mac: one.mac,
    'network-card': '0',
    'owner-id': row.account,
    'public-hostname': publicIp && publicDnsName(row.region, publicIp),
    'public-ipv4s': associated.map(([ip]) => ip).join('\n') || undefined,
    'security-group-ids': one.groups.map(({ id }) => id).join('\n') || undefined,
    'security-groups': one.groups.map(({ name }) => name).join('\n') || undefined,
    'subnet-id': one.subnet,
    'subnet-ipv4-cidr-block': itsSubnet?.cidr,
    'vpc-id': one.vpc,
    'vpc-ipv4-cidr-block': blocks[0],
    'vpc-ipv4-cidr-blocks': blocks.join('\n') || undefined,
  });
}
