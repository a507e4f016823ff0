import type { AclRule, GroupRule, Network, Port, Route } from '../../network/plane.ts';
import { needIp, needMac } from '../packets/addresses.ts';
import { type Between, protocols, readIpv4 } from '../packets/ipv4.ts';
import { readUdp, writeUdp } from '../packets/udp.ts';
import type { End } from './contract.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { createSwitch } from './switch.ts';
import { routerMac } from './topology.ts';

/** Lets everything out, and UDP to port 7 in from wherever. */
export const openRules: readonly GroupRule[] = [
  { direction: 'egress', protocol: -1, from: -1, to: -1, cidr: '0.0.0.0/0' },
  { direction: 'ingress', protocol: 17, from: 7, to: 7, cidr: '0.0.0.0/0' },
];

/** An interface; the last number of its address makes its id and MAC address. */
export function port(privateIp: string, over: Partial<Port> = {}): Port {
  const last = privateIp.split('.')[3]!;
  const subnet = privateIp.startsWith('10.0.1.') ? 'subnet-b' : 'subnet-a';
  return {
    ...{
      id: `eni-${last}`,
      machine: `i-${last}`,
      vpc: 'vpc-1',
      subnet,
      mac: macOf(privateIp),
      privateIps: [privateIp],
    },
    ...{ groups: ['sg-1'], sourceDestCheck: true, hostName: `ip-${last}.lab`, wire: '/nowhere' },
    ...over,
  };
}

export const macOf = (ip: string): string =>
  `02:00:0a:00:0${ip.split('.')[2]}:${Number(ip.split('.')[3]).toString(16).padStart(2, '0')}`;

export interface Given {
  readonly ports: readonly Port[];
  readonly rules?: readonly GroupRule[];
  readonly others?: Network['groups'];
  readonly routes?: readonly Route[];
  readonly acl?: { readonly ingress: readonly AclRule[]; readonly egress: readonly AclRule[] };
  readonly addresses?: Network['addresses'];
  readonly peerings?: Network['peerings'];
}

/** Two VPCs with the same blocks of addresses but for the second's own; the first has two subnets. */
export function networkOf({
  ports,
  rules = openRules,
  others = [],
  routes = [],
  acl,
  addresses = [],
  peerings = [],
}: Given): Network {
  const a = { id: 'subnet-a', cidr: '10.0.0.0/24', routes, ...(acl && { acl }) };
  const b = { id: 'subnet-b', cidr: '10.0.1.0/24', routes };
  return {
    vpcs: [
      { id: 'vpc-1', cidrs: ['10.0.0.0/16'], domain: 'lab', subnets: [a, b] },
      {
        id: 'vpc-2',
        cidrs: ['10.0.0.0/24', '10.9.0.0/16'],
        domain: 'lab',
        subnets: [
          { ...a, id: 'subnet-a' },
          { id: 'subnet-c', cidr: '10.9.0.0/24', routes },
        ],
      },
    ],
    ...{ peerings, ports, addresses },
    groups: [{ id: 'sg-1', rules }, ...others],
  };
}

/** A switch with what came out of it. */
export function fabric(given: Given, limits: Partial<Limits> = {}) {
  const time = { now: 1_000_000 };
  const out: { readonly to: string; readonly frame: Buffer }[] = [];
  const ended: { readonly end: End; readonly port: string }[] = [];
  const keep = (to: string, frame: Buffer): boolean => out.push({ to, frame: Buffer.from(frame) }) > 0;
  const made = createSwitch({
    clock: { now: () => time.now, at: () => ({ cancel: () => undefined }) },
    limits: { ...defaultLimits, ...limits },
    forward: (to, buffer, start, end) => keep(to, buffer.subarray(start, end)),
    send: keep,
    end: (end, port) => void ended.push({ end, port }),
  });
  made.apply(networkOf(given));
  /** Sends a frame as QEMU does, and gives what came out. */
  const say = (from: string, frame: Buffer) => {
    out.length = 0;
    made.receive(from, Buffer.concat([Buffer.alloc(4), frame]), 4, 4 + frame.length);
    return [...out];
  };
  return { switch: made, time, out, ended, say };
}

/** From one address to another, as a machine addresses it to its router. */
export const way = (src: string, dst: string): Between => ({
  ...{ srcMac: needMac(macOf(src)), dstMac: routerMac, src: needIp(src), dst: needIp(dst) },
});

/** A datagram between ports. */
export const datagram = (src: string, dst: string, dstPort = 7, srcPort = 1000, text = 'hello'): Buffer =>
  writeUdp(way(src, dst), { srcPort, dstPort, payload: Buffer.from(text) });

/** What a frame with a datagram holds. */
export function textOf(frame: Buffer): string {
  const packet = readIpv4(frame, 14, frame.length);
  const read = packet?.protocol === protocols.udp ? readUdp(frame, packet) : undefined;
  return read?.payload.toString() ?? 'no datagram';
}
