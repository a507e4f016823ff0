import type { Switch } from '../core/contract.ts';
import { routerMac } from '../core/topology.ts';
import { type Ip, ipOf, ipText } from '../packets/addresses.ts';
import type { Ipv4 } from '../packets/ipv4.ts';
import { type Udp, writeUdp } from '../packets/udp.ts';
import { openFlow } from './arrivals.ts';
import type { DatagramArrivals } from './datagramArrivals.ts';
import { join } from './join.ts';
import type { AskedFlow, TcpFlows } from './tcp/flows.ts';

/** A machine that is asked at its public address by one behind a NAT gateway. */
export interface Reached {
  readonly port: string;
  readonly privateIp: Ip;
  /** The gateway's public address, which is all that it sees of who asks. */
  readonly seenAs: Ip;
}

/**
 * Whom a machine behind a NAT gateway reaches at an address; undefined: it is nobody's of this network. Who has a public address
 * of its own is behind none: those packets never come here.
 */
export function reachedBy(
  core: Pick<Switch, 'topology' | 'wayOut'>,
  id: string,
  src: Ip,
  dst: Ip,
): Reached | undefined {
  const holder = core.topology.holders.get(dst);
  const seenAs = holder && ipOf(core.wayOut(id, src, dst) ?? '');
  if (holder === undefined || seenAs === undefined) return undefined;
  // It answers by the address that it was asked at, or cannot.
  return core.wayOut(holder.port, holder.privateIp, seenAs) === ipText(dst) ? { ...holder, seenAs } : undefined;
}

/** A flow of one machine ends at another, whose rules decide: what they refuse is refused. */
export function endAtMachine({ stream, accept, sides }: AskedFlow, to: Reached, flows: TcpFlows | undefined): void {
  const from = { ip: to.seenAs, port: sides.localPort };
  const there = openFlow(flows, from, { ip: to.privateIp, port: sides.remotePort });
  if (there === undefined) {
    stream.destroy();
    return;
  }
  // Why it ends does not matter: who asked is told.
  there.on('error', () => stream.destroy());
  const gone = (): void => void there.destroy();
  stream.once('close', gone);
  there.once('connect', () => {
    stream.off('close', gone);
    accept();
    join(stream, there, gone);
  });
}

/** A datagram of one machine arrives at another, and what that answers comes back from where it was sent to. */
export function arriveAtMachine(
  core: Pick<Switch, 'topology' | 'deliver'>,
  id: string,
  { packet: { src, dst }, datagram: { srcPort, dstPort, payload } }: { readonly packet: Ipv4; readonly datagram: Udp },
  to: Reached,
  arrivals: DatagramArrivals | undefined,
): void {
  const answer = (reply: Buffer): void => {
    const dstMac = core.topology.ports.get(id)?.mac;
    if (dstMac === undefined) return;
    const between = { srcMac: routerMac, dstMac, src: dst, dst: src };
    core.deliver(id, writeUdp(between, { srcPort: dstPort, dstPort: srcPort, payload: reply }));
  };
  const client = { name: `${id} ${src} ${srcPort} ${dst}`, ip: to.seenAs, port: srcPort, answer };
  arrivals?.arrive(client, { ip: to.privateIp, port: dstPort }, payload);
}
