import type { MachineSpec } from '../../ports/driver.ts';
import { hostName } from '../interface/dns.ts';
import type { InstanceRow } from './row.ts';

/** What the cloud has to make of an instance. */
export const machineOf = (i: InstanceRow): MachineSpec => ({
  zone: i.zone,
  instanceType: i.instanceType,
  image: i.image,
  imageName: i.imageName,
  architecture: i.architecture,
  disks: i.blockDevices.map((d) => ({ device: d.device, volume: d.volume })),
  interfaces: i.interfaces.map((n) => ({ id: n.id, privateIp: n.privateIps[0]!, mac: n.mac, subnet: n.subnet })),
  hostName: i.hostname?.type === 'resource-name' ? i.id : hostName(i.interfaces[0]!.privateIps[0]!),
  ...(i.kernel !== undefined && { kernel: i.kernel }),
  ...(i.ramdisk !== undefined && { ramdisk: i.ramdisk }),
  ...(i.keyName !== undefined && { keyName: i.keyName }),
  ...(i.publicKey !== undefined && { publicKey: i.publicKey }),
  ...(i.userData !== undefined && { userData: i.userData }),
});
