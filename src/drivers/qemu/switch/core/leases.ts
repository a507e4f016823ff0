import { type DhcpRequest, dhcpKinds, readDhcp, writeDhcp } from '../packets/dhcp.ts';
import type { Udp } from '../packets/udp.ts';
import { writeUdp } from '../packets/udp.ts';
import { type PortTable, routerMac } from './topology.ts';

/** DHCP's ports. */
export const dhcpPorts = { server: 67, client: 68 } as const;

/**
 * Answers a machine's DHCP: always its primary private address, for ever. `leased` tells that it has it now. Undefined: it
 * wants no answer, or talks of another's MAC address.
 */
export function leaseAnswer(
  port: PortTable,
  { payload }: Udp,
  mtu: number,
): { frame: Buffer; leased: boolean } | undefined {
  const request = readDhcp(payload);
  if (request === undefined || request.mac !== port.mac || port.ips.length === 0) return undefined;
  const kind = answerTo(port, request);
  if (kind === undefined) return undefined;
  const { subnet, vpc, spec } = port;
  const ip = port.ips[0]!;
  const [hostName = ''] = spec.hostName.split('.');
  const lease = {
    ...{ ip, mask: subnet.cidr.mask, router: subnet.router, dns: [vpc.resolver], mtu, hostName },
    domain: vpc.domain,
  };
  const reply = { kind, to: request, server: subnet.router, ...(kind !== dhcpKinds.nak && { lease }) };
  const between = { srcMac: routerMac, dstMac: port.mac, src: subnet.router };
  // Who has the address already is told there; the others do not listen to it yet, unless they said so.
  const dst = kind !== dhcpKinds.nak && request.clientIp === ip ? ip : 0xffffffff;
  const datagram = { srcPort: dhcpPorts.server, dstPort: dhcpPorts.client, payload: writeDhcp(reply) };
  return { frame: writeUdp({ ...between, dst }, datagram), leased: kind === dhcpKinds.ack };
}

function answerTo({ ips, subnet }: PortTable, { kind, clientIp, wanted, server }: DhcpRequest): number | undefined {
  if (kind === dhcpKinds.discover) return dhcpKinds.offer;
  if (kind === dhcpKinds.inform) return dhcpKinds.ack;
  if (kind !== dhcpKinds.request || (server !== undefined && server !== subnet.router)) return undefined;
  return (wanted ?? clientIp) === ips[0] ? dhcpKinds.ack : dhcpKinds.nak;
}
