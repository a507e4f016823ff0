import { inside } from '../packets/addresses.ts';
import type { Ipv4 } from '../packets/ipv4.ts';
import type { Facts } from './filter.ts';
import type { PortState } from './ports.ts';
import { aclPasses } from './rules.ts';

/** Whether the network ACL of a port's subnet lets a packet out of it, or in. */
export function acl(port: PortState, direction: 'ingress' | 'egress', packet: Ipv4, facts: Facts): boolean {
  const remoteIp = direction === 'egress' ? packet.dst : packet.src;
  const asked = { protocol: packet.protocol, to: facts.to, code: facts.code, remoteIp };
  return aclPasses(port.table.subnet[direction], asked);
}

/** Addresses that a machine may never speak for, even where its source is not checked. */
export function mayComeFrom({ table }: PortState, { src }: Ipv4): boolean {
  if (src === 0 || table.ips.includes(src)) return true;
  if (table.spec.sourceDestCheck) return false;
  const first = src >>> 24;
  const ours = src >>> 16 === 0xa9fe || src === table.subnet.router || src === table.vpc.resolver;
  return first !== 0 && first !== 127 && first < 224 && !ours && !inside(table.subnet.cidr, src);
}
