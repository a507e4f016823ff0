import { type PortTable, routerMac } from '../core/topology.ts';
import { dnsCodes, readQuery, truncated, writeAnswer } from '../packets/dns.ts';
import type { Ipv4 } from '../packets/ipv4.ts';
import { largestPayload, type Udp, writeUdp } from '../packets/udp.ts';
import { answerName } from './names.ts';
import type { Resolver } from './resolver.ts';

/** Port of DNS. */
export const dnsPort = 53;

/** Questions of one port that the world is asked at the same time. */
const mostOfOne = 64;

/** The questions that machines of one port ask. */
export interface Questions {
  receive(port: PortTable, packet: Ipv4, datagram: Udp): void;
}

/** Answers a VPC's own names at once, and all others when the host's resolvers did; too many at once hear of a failure. */
export function createQuestions(resolver: Resolver, mtu: number, send: (frame: Buffer) => void): Questions {
  let asking = 0;
  return {
    receive({ vpc, mac }, { src, dst }, { srcPort, dstPort, payload }) {
      const message = Buffer.from(payload);
      const query = dstPort === dnsPort ? readQuery(message) : undefined;
      if (query === undefined) return;
      const reply = (answer: Buffer): void => {
        const fits = answer.length <= largestPayload(mtu) ? answer : truncated(answer, query);
        const between = { srcMac: routerMac, dstMac: mac, src: dst, dst: src };
        send(writeUdp(between, { srcPort: dnsPort, dstPort: srcPort, payload: fits }));
      };
      const own = answerName(vpc, query);
      if (own !== undefined) {
        reply(own);
        return;
      }
      const failed = writeAnswer(query, dnsCodes.serverFailure, [], 0);
      if (asking >= mostOfOne) {
        reply(failed);
        return;
      }
      asking += 1;
      void resolver
        .ask(message)
        .then((answer) => reply(answer ?? failed))
        .finally(() => {
          asking -= 1;
        });
    },
  };
}
