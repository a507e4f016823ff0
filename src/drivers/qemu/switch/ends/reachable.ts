import type { CompiledRule } from '../core/rules.ts';
import { protocols } from '../packets/ipv4.ts';

/** Protocols whose ports the host can open. */
export type Opened = 'tcp' | 'udp';

/** Ports of one address at which the host listens, by each protocol; rules with more ports open those in common use. */
export const mostPorts = 1_024;

/** Of rules with more ports than that, these. */
export const commonPorts: Readonly<Record<Opened, readonly number[]>> = {
  tcp: [
    ...[20, 21, 22, 25, 53, 80, 110, 143, 389, 443, 465, 587, 636, 993, 995, 1433, 1521, 2049, 2375, 2376, 3000, 3128],
    ...[3306, 3389, 4000, 5000, 5432, 5601, 5671, 5672, 5900, 5985, 5986, 6379, 6443, 7000, 8000, 8080, 8081, 8443],
    ...[8888, 9000, 9090, 9092, 9200, 9418, 9618, 10250, 11211, 15672, 27017],
  ],
  udp: [53, 69, 123, 161, 162, 500, 514, 1194, 1812, 1813, 3478, 4500, 4789, 5060, 5353, 6081, 8125, 51820],
};

/** The ports at which a port's groups let a protocol from outside in, as far as the host listens; rules of few ports first. */
export function portsOf(rules: readonly CompiledRule[], opened: Opened): readonly number[] {
  const ranges = rules
    .filter(({ direction, cidr }) => direction === 'ingress' && cidr !== undefined)
    .filter(({ protocol }) => protocol === protocols[opened] || protocol === -1)
    .map(({ protocol, from, to }) => {
      const all = protocol === -1 || from === -1;
      return { from: all ? 1 : Math.max(1, from), to: all ? 0xffff : Math.min(0xffff, to) };
    })
    .sort((one, other) => one.to - one.from - (other.to - other.from));
  const ports = ranges.flatMap(({ from, to }) =>
    to - from < mostPorts
      ? Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
      : commonPorts[opened].filter((port) => port >= from && port <= to),
  );
  return [...new Set(ports)].slice(0, mostPorts);
}
