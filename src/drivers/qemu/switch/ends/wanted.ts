import type { PublicAddress } from '../../network/plane.ts';
import type { Topology } from '../core/topology.ts';
import { ipOf } from '../packets/addresses.ts';
import { type Opened, portsOf } from './reachable.ts';

/** Who has a public address. */
export type At = NonNullable<PublicAddress['at']>;

/** A port of a public address that is to be open. */
export interface Wanted {
  readonly publicIp: string;
  readonly port: number;
  readonly opened: Opened;
}

/** All ports that rules open, by a name for each. Of more than can be had, every address has the same share. */
export function wantedPorts(
  owners: ReadonlyMap<string, At>,
  topology: Topology,
  most: number,
): { readonly wanted: ReadonlyMap<string, Wanted>; readonly left: number } {
  const all = [...owners].flatMap(([publicIp, at]) => portsAt(publicIp, at, topology));
  const longest = Math.max(0, ...all.map(({ length }) => length));
  const inTurn = Array.from({ length: longest }, (_, rank) => all.flatMap((list) => list[rank] ?? [])).flat();
  const had = inTurn.slice(0, most);
  return {
    wanted: new Map(had.map((one) => [`${one.publicIp} ${one.port} ${one.opened}`, one])),
    left: inTurn.length - had.length,
  };
}

/** The ports of an address that its machine's rules open, by protocol. */
function portsAt(publicIp: string, { port: id }: At, topology: Topology): readonly (readonly Wanted[])[] {
  if (ipOf(publicIp) === undefined) return [];
  const rules = topology.ports.get(id)?.rules ?? [];
  return (['tcp', 'udp'] as const).map((opened) => portsOf(rules, opened).map((port) => ({ publicIp, port, opened })));
}
