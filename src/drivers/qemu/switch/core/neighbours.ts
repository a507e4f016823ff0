import { inside } from '../packets/addresses.ts';
import { type Arp, writeArp } from '../packets/arp.ts';
import { type PortTable, routerMac } from './topology.ts';

/**
 * Whether a port may send this: it speaks for its own addresses alone; 0.0.0.0 asks whether an address is free. Who carries the
 * traffic of others may ask in the name of those, too: only itself hears the answer.
 */
export const honest = ({ mac, ips, spec }: PortTable, { operation, senderMac, senderIp }: Arp): boolean =>
  senderMac === mac && (senderIp === 0 || ips.includes(senderIp) || (operation === 1 && !spec.sourceDestCheck));

/** The answer to who has an address; nobody is asked. Undefined: nobody has it, or it is no question. */
export function neighbourAnswer(port: PortTable, { operation, senderIp, targetIp }: Arp): Buffer | undefined {
  if (operation !== 1 || port.ips.includes(targetIp)) return undefined;
  const mac = macOf(port, targetIp);
  if (mac === undefined) return undefined;
  return writeArp({ operation: 2, senderMac: mac, senderIp: targetIp, targetMac: port.mac, targetIp: senderIp });
}

/** Asks a port's machine for its own address: one whose system lives answers. */
export const neighbourQuestion = ({ mac, ips, subnet }: PortTable): Buffer =>
  writeArp({ operation: 1, senderMac: routerMac, senderIp: subnet.router, targetMac: mac, targetIp: ips[0] ?? 0 });

function macOf({ subnet, vpc }: PortTable, ip: number): number | undefined {
  // 169.254.0.0/16: some systems have a route of their own to it.
  if (ip === subnet.router || ip === vpc.resolver || ip >>> 16 === 0xa9fe) return routerMac;
  const owner = inside(subnet.cidr, ip) ? vpc.owners.get(ip) : undefined;
  return owner?.subnet.id === subnet.id ? owner.mac : undefined;
}
