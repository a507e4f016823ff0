import type { Clock } from '../../../../ports/clock.ts';
import type { Network, SeenPort } from '../../network/plane.ts';
import type { Ip } from '../packets/addresses.ts';
import type { Ipv4 } from '../packets/ipv4.ts';
import type { Limits } from './limits.ts';
import type { Topology } from './topology.ts';

/** Where flows end that do not go to another machine. */
export type End = 'metadata' | 'dns' | 'outside';

export interface SwitchParts {
  readonly clock: Clock;
  readonly limits: Limits;
  /** Passes on a frame that is in a buffer, behind four bytes that are its length. False: who gets it is behind. */
  forward(port: string, buffer: Buffer, start: number, end: number): boolean;
  /** Sends a frame that the switch made. False: who gets it is behind. */
  send(port: string, frame: Buffer): boolean;
  /** A whole packet of a machine that ends in the switch. What is kept of the buffer is copied. */
  end(end: End, port: string, buffer: Buffer, packet: Ipv4): void;
}

export interface Switch {
  /** @throws RangeError when the network contradicts itself; then nothing changed. */
  apply(network: Network): void;
  readonly topology: Topology;
  /** A frame that came from a port's machine, behind four bytes that are its length. */
  receive(port: string, buffer: Buffer, start: number, end: number): void;
  /** A frame of ours from outside to a machine; the rules are asked. `refused`: they do not let it in. */
  deliver(port: string, frame: Buffer): 'sent' | 'behind' | 'refused';
  /** A frame of ours of what the switch offers itself; no rules apply. */
  answer(port: string, frame: Buffer): boolean;
  /** The public address by which a private one of a port reaches an address outside; undefined: it does not. */
  wayOut(port: string, privateIp: Ip, outside: Ip): string | undefined;
  seen(port: string): Omit<SeenPort, 'up'> | undefined;
  /** Forgets what expired, and asks machines that were silent for a while whether they are there. */
  sweep(): void;
}
