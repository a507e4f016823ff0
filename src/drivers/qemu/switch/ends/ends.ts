import type { Clock } from '../../../../ports/clock.ts';
import type { Random } from '../../../../ports/ids.ts';
import type { Log } from '../../../../ports/log.ts';
import type { End, Switch, SwitchParts } from '../core/contract.ts';
import type { Limits } from '../core/limits.ts';
import { metadataIp } from '../core/switch.ts';
import type { Ip } from '../packets/addresses.ts';
import { type Ipv4, protocols } from '../packets/ipv4.ts';
import { readTcp } from '../packets/tcp.ts';
import { readUdp, type Udp } from '../packets/udp.ts';
import { arriveAtMachine, endAtMachine, reachedBy } from './behindNat.ts';
import { createDatagramArrivals, type DatagramArrivals } from './datagramArrivals.ts';
import { createDatagrams, type Datagrams } from './datagrams.ts';
import { createQuestions, type Questions } from './dns.ts';
import { endAtMetadata } from './metadata.ts';
import { endOutside } from './outside.ts';
import type { Refuses } from './refused.ts';
import { createResolver, type NameServer } from './resolver.ts';
import { type AskedFlow, createTcpFlows, type TcpFlows } from './tcp/flows.ts';

export interface EndsParts {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly random: Pick<Random, 'below'>;
  /** DNS servers that the host asks. */
  readonly servers: readonly NameServer[];
  /** Addresses that machines never reach through the host. */
  readonly refuses: Refuses;
  readonly core: Pick<Switch, 'topology' | 'deliver' | 'answer' | 'wayOut'>;
}

/** What ends in the switch, for all ports. */
export interface Ends {
  readonly end: SwitchParts['end'];
  /** The TCP flows of a port; undefined: it is not there. */
  flows(port: string): TcpFlows | undefined;
  /** The UDP flows that come to a port from outside; undefined: it is not there. */
  arrivals(port: string): DatagramArrivals | undefined;
  /** Sends what the packets that came together ask for. */
  flush(): void;
  /** The network of the core is another now: flows of ports that are gone end. */
  apply(): void;
  /** Forgets what expired. */
  sweep(): void;
  close(): void;
}

interface PortEnds {
  readonly tcp: TcpFlows;
  readonly udp: Datagrams;
  readonly arrivals: DatagramArrivals;
  readonly questions: Questions;
}

export function createEnds(parts: EndsParts): Ends {
  const { clock, limits, core } = parts;
  const random = () => parts.random.below(0x100000000);
  const resolver = createResolver({ clock, servers: parts.servers, random });
  const ports = new Map<string, PortEnds>();
  const fresh = new Set<TcpFlows>();

  function make(id: string): PortEnds {
    const mac = () => core.topology.ports.get(id)?.mac;
    // Rules are asked of what is outside; what the switch offers itself needs none.
    const send = (from: Ip, frame: Buffer) => {
      if (!isOurs(core, id, from)) return core.deliver(id, frame);
      return core.answer(id, frame) ? 'sent' : 'behind';
    };
    const outward = { clock, limits, mac, send: (frame: Buffer) => core.deliver(id, frame) };
    const made = {
      tcp: createTcpFlows({
        ...{ clock, limits, mac, random },
        send: ({ remoteIp }, frame) => send(remoteIp, frame),
        asked: (flow) => ask(parts, id, flow, (other) => at(other)?.tcp),
      }),
      udp: createDatagrams({ ...outward, refuses: parts.refuses }),
      arrivals: createDatagramArrivals(outward),
      questions: createQuestions(resolver, limits.mtu, (frame) => core.answer(id, frame)),
    };
    ports.set(id, made);
    return made;
  }
  const at = (id: string): PortEnds | undefined =>
    core.topology.ports.has(id) ? (ports.get(id) ?? make(id)) : undefined;

  function drop(id: string): void {
    const gone = ports.get(id);
    ports.delete(id);
    for (const flows of [gone?.tcp, gone?.udp, gone?.arrivals]) flows?.close();
  }

  return {
    end(end, id, buffer, packet) {
      const here = at(id);
      if (here === undefined) return;
      if (packet.protocol === protocols.tcp) {
        const segment = readTcp(buffer, packet);
        if (segment !== undefined) here.tcp.receive(packet, segment);
        fresh.add(here.tcp);
      } else if (packet.protocol === protocols.udp) {
        const datagram = readUdp(buffer, packet);
        if (datagram !== undefined)
          receiveUdp(core, here, end, { id, packet, datagram }, (other) => at(other)?.arrivals);
      }
    },
    flows: (id) => at(id)?.tcp,
    arrivals: (id) => at(id)?.arrivals,
    flush() {
      for (const flows of fresh) flows.flush();
      fresh.clear();
    },
    apply() {
      for (const id of [...ports.keys()]) if (!core.topology.ports.has(id)) drop(id);
    },
    sweep() {
      for (const { udp, arrivals } of ports.values()) for (const one of [udp, arrivals]) one.sweep();
    },
    close() {
      for (const id of [...ports.keys()]) drop(id);
    },
  };
}

interface Came {
  /** Of the port. */
  readonly id: string;
  readonly packet: Ipv4;
  readonly datagram: Udp;
}

function receiveUdp(core: EndsParts['core'], here: PortEnds, end: End, came: Came, arrivals: Ends['arrivals']): void {
  const { id, packet, datagram } = came;
  const table = core.topology.ports.get(id);
  if (table === undefined) return;
  if (end === 'dns') here.questions.receive(table, packet, datagram);
  if (end !== 'outside' || here.arrivals.receive(packet, datagram)) return;
  const to = reachedBy(core, id, packet.src, packet.dst);
  if (to === undefined) here.udp.receive(packet, datagram);
  else arriveAtMachine(core, id, came, to, arrivals(to.port));
}

/** Whether an address is one at which the switch itself offers something. */
const isOurs = ({ topology }: EndsParts['core'], id: string, ip: Ip): boolean =>
  ip >>> 16 === 0xa9fe || topology.ports.get(id)?.vpc.resolver === ip;

function ask(parts: EndsParts, id: string, flow: AskedFlow, flows: Ends['flows']): void {
  const { core, log } = parts;
  const table = core.topology.ports.get(id);
  const { localIp, remoteIp } = flow.sides;
  // Who gives up is told by `close`; that it failed concerns the machine alone.
  flow.stream.on('error', (error) => log.debug({ port: id, err: error }, 'a flow of a machine broke'));
  if (table === undefined) flow.stream.destroy();
  else if (remoteIp === metadataIp) endAtMetadata(flow, table.spec, log);
  else if (isOurs(core, id, remoteIp)) flow.stream.destroy();
  else {
    const to = reachedBy(core, id, localIp, remoteIp);
    if (to === undefined) endOutside(flow, parts);
    else endAtMachine(flow, to, flows(to.port));
  }
}
