import type { MachineSpec } from '../../ports/driver.ts';
import type { Reading } from '../context/reading.ts';
import { cloudHasGroups } from '../group/inCloud.ts';
import { hostName } from '../interface/dns.ts';
import type { InstanceInterface, InstanceRow } from './row.ts';

/** What the cloud has to make of an instance. Only a cloud that has security groups, takes automatic addresses, or shows tags, is told of those. */
export const machineOf = (cx: Pick<Reading, 'here'>, i: InstanceRow): MachineSpec => ({
  zone: i.zone,
  instanceType: i.instanceType,
  image: i.image,
  imageName: i.imageName,
  architecture: i.architecture,
  disks: i.blockDevices.map((d) => ({ device: d.device, volume: d.volume })),
  interfaces: i.interfaces.map((n) => ({
    ...portOf(n),
    ...(cloudHasGroups(cx) && { groups: n.groups.map((g) => g.id) }),
    ...(cx.here.driver.networks?.automatic && automaticOf(n)),
    ...(cx.here.driver.networks?.setSourceDestCheck && !n.sourceDestCheck && { sourceDestCheck: false }),
  })),
  hostName: i.hostname?.type === 'resource-name' || i.privateIp === undefined ? i.id : hostName(i.privateIp),
  ...(cx.here.driver.networks?.tokenHops && { tokenHops: i.metadata.hopLimit }),
  ...(i.kernel !== undefined && { kernel: i.kernel }),
  ...(i.ramdisk !== undefined && { ramdisk: i.ramdisk }),
  ...(i.currentBootMode === 'uefi' && { bootMode: 'uefi' }),
  ...(i.keyName !== undefined && { keyName: i.keyName }),
  ...(i.publicKey !== undefined && { publicKey: i.publicKey }),
  ...(i.userData !== undefined && { userData: i.userData }),
  ...(cx.here.driver.compute.retag !== undefined && { tags: i.tags }),
});

const automaticOf = ({ publicAddress }: InstanceInterface) =>
  publicAddress?.owner === 'amazon' ? { publicIp: publicAddress.ip } : {};

function portOf({ id, privateIps: [privateIp, ...secondaryIps], mac, subnet }: InstanceInterface) {
  const port = { id, privateIp: privateIp!, mac, subnet };
  return secondaryIps.length === 0 ? port : { ...port, secondaryIps };
}
