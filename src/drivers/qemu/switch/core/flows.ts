import type { Ip } from '../packets/addresses.ts';
import { protocols } from '../packets/ipv4.ts';
import { flags } from '../packets/tcp.ts';
import type { Limits } from './limits.ts';

/** The five members that make a flow, seen from a port. ICMP echoes have their identifier on both sides; other protocols 0. */
export interface FlowKey {
  readonly protocol: number;
  readonly localIp: Ip;
  readonly localPort: number;
  readonly remoteIp: Ip;
  readonly remotePort: number;
}

export interface Flow {
  /** Who opened it: the machine at this port (`egress`), or the other side. */
  readonly opener: 'ingress' | 'egress';
  /** What rules were asked, and are asked again when they changed. */
  readonly to: number | undefined;
  readonly code: number;
  /** Of the network whose rules let it pass. */
  generation: number;
  expiresAt: number;
  answered: boolean;
  closing: boolean;
}

/** Milliseconds without a packet after which a flow is forgotten. */
export const idleMs = {
  opening: 30_000,
  tcp: 5 * 24 * 3_600_000,
  closing: 60_000,
  reset: 5_000,
  udp: 30_000,
  udpAnswered: 180_000,
  other: 60_000,
} as const;

/** The open flows of a port. */
export interface FlowTable {
  readonly size: number;
  find(key: FlowKey, now: number): Flow | undefined;
  /** Undefined when there are too many. */
  open(key: FlowKey, flow: Pick<Flow, 'opener' | 'to' | 'code' | 'generation'>, now: number): Flow | undefined;
  close(key: FlowKey): void;
  /** Forgets what expired. */
  sweep(now: number): void;
}

/** Two numbers are quicker keys than one text: the remote side first, then the local one. */
const remoteOf = (key: FlowKey): number => key.remoteIp * 0x10000 + key.remotePort;
const localOf = (key: FlowKey): number => key.localIp * 0x10000 + key.localPort;

export function createFlowTable(limits: Pick<Limits, 'flows' | 'flowsOfOnePeer'>): FlowTable {
  const tables = new Map<number, Map<number, Map<number, Flow>>>();
  const fromPeer = new Map<Ip, number>();
  let size = 0;

  const remove = (protocol: number, remote: number, local: number): void => {
    const locals = tables.get(protocol)?.get(remote);
    const flow = locals?.get(local);
    if (locals === undefined || flow === undefined) return;
    locals.delete(local);
    if (locals.size === 0) tables.get(protocol)!.delete(remote);
    size -= 1;
    if (flow.opener === 'egress') return;
    const peer = Math.floor(remote / 0x10000);
    const left = (fromPeer.get(peer) ?? 0) - 1;
    if (left > 0) fromPeer.set(peer, left);
    else fromPeer.delete(peer);
  };
  const sweep = (now: number): void => {
    for (const [protocol, remotes] of tables)
      for (const [remote, locals] of remotes)
        for (const [local, flow] of locals) if (flow.expiresAt <= now) remove(protocol, remote, local);
  };

  return {
    get size() {
      return size;
    },
    find(key, now) {
      const flow = tables.get(key.protocol)?.get(remoteOf(key))?.get(localOf(key));
      if (flow === undefined || flow.expiresAt > now) return flow;
      remove(key.protocol, remoteOf(key), localOf(key));
      return undefined;
    },
    open(key, facts, now) {
      const ofPeer = fromPeer.get(key.remoteIp) ?? 0;
      if (size >= limits.flows || (facts.opener === 'ingress' && ofPeer >= limits.flowsOfOnePeer)) return undefined;
      const remotes = tables.get(key.protocol) ?? new Map<number, Map<number, Flow>>();
      tables.set(key.protocol, remotes);
      const locals = remotes.get(remoteOf(key)) ?? new Map<number, Flow>();
      remotes.set(remoteOf(key), locals);
      const { opener, to, code, generation } = facts;
      const flow: Flow = { opener, to, code, generation, expiresAt: now, answered: false, closing: false };
      locals.set(localOf(key), flow);
      size += 1;
      if (facts.opener === 'ingress') fromPeer.set(key.remoteIp, ofPeer + 1);
      return flow;
    },
    close: (key) => remove(key.protocol, remoteOf(key), localOf(key)),
    sweep,
  };
}

/** A packet of the flow passed; `tcpFlags` are 0 for other protocols. */
export function touch(
  flow: Flow,
  direction: 'ingress' | 'egress',
  protocol: number,
  tcpFlags: number,
  now: number,
): void {
  if (direction !== flow.opener) flow.answered = true;
  flow.expiresAt = now + idleOf(flow, protocol, tcpFlags);
}

function idleOf(flow: Flow, protocol: number, tcpFlags: number): number {
  if (protocol === protocols.udp) return flow.answered ? idleMs.udpAnswered : idleMs.udp;
  if (protocol !== protocols.tcp) return idleMs.other;
  if ((tcpFlags & flags.rst) !== 0) return idleMs.reset;
  if ((tcpFlags & flags.fin) !== 0) flow.closing = true;
  // Ports that are used again for another connection.
  if ((tcpFlags & flags.syn) !== 0) flow.closing = false;
  if (flow.closing) return idleMs.closing;
  return flow.answered ? idleMs.tcp : idleMs.opening;
}
