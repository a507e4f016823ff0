import type { Network, OpenPort, SeenPort } from '../network/plane.ts';
import type { SwitchParts } from './core/contract.ts';
import { createSwitch } from './core/switch.ts';
import { createEnds, type EndsParts } from './ends/ends.ts';
import { createListeners } from './ends/listeners.ts';
import { etherHeader } from './packets/ethernet.ts';
import { createWire, type Wire } from './wires/wire.ts';

/** What a switch is made of. */
export type SwitchboardParts = Omit<EndsParts, 'core'>;

/** A switch with the wires of its ports, and what ends in it. */
export interface Switchboard {
  /**
   * Frames obey the network at once. Settles when the host listens at its public addresses, where it can.
   * @throws RangeError when the network contradicts itself; then nothing changed.
   */
  apply(network: Network): Promise<void>;
  /** Public addresses with the ports that are open there, and where the host listens for them. */
  open(): ReadonlyMap<string, readonly OpenPort[]>;
  ports(): ReadonlyMap<string, SeenPort>;
  close(): void;
}

/** The first comes soon: machines may be there already, and nothing is known of them. Milliseconds. */
const sweepMs = { first: 1_000, next: 5_000 } as const;

/** Keeps a wire for each port of the network, and none for others. */
export function createSwitchboard(parts: SwitchboardParts): Switchboard {
  const { clock, limits, log } = parts;
  const wires = new Map<string, { readonly path: string; readonly wire: Wire }>();
  const core = createSwitch({
    ...{ clock, limits },
    end: (...given: Parameters<SwitchParts['end']>) => ends.end(...given),
    forward: (port, buffer, start, stop) => wires.get(port)?.wire.forward(buffer, start, stop) ?? false,
    send: (port, frame) => wires.get(port)?.wire.send(frame) ?? false,
  });
  const ends = createEnds({ ...parts, core });
  const listeners = createListeners({ log, flows: ends.flows, arrivals: ends.arrivals });
  const flush = (): void => {
    ends.flush();
    for (const { wire } of wires.values()) wire.flush();
  };
  const sweep = (): void => {
    core.sweep();
    ends.sweep();
    timer = clock.at(clock.now() + sweepMs.next, sweep);
  };
  let timer = clock.at(clock.now() + sweepMs.first, sweep);

  function drop(port: string): void {
    wires.get(port)?.wire.close();
    wires.delete(port);
  }

  return {
    async apply(network) {
      core.apply(network);
      ends.apply();
      const wanted = new Map(network.ports.map(({ id, wire }) => [id, wire]));
      for (const [id, { path }] of wires) if (wanted.get(id) !== path) drop(id);
      for (const [id, path] of wanted) {
        if (wires.has(id)) continue;
        const receive = (buffer: Buffer, start: number, stop: number) => core.receive(id, buffer, start, stop);
        const wire = createWire({ path, clock, largest: limits.mtu + etherHeader, receive, received: flush });
        wires.set(id, { path, wire });
      }
      await listeners.apply(network, core.topology);
    },
    open: listeners.open,
    ports: () =>
      new Map(
        [...wires].flatMap(([id, { wire }]) => {
          const seen = core.seen(id);
          return seen === undefined ? [] : [[id, { up: wire.up, ...seen }] as const];
        }),
      ),
    close() {
      timer.cancel();
      listeners.close();
      ends.close();
      for (const id of [...wires.keys()]) drop(id);
    },
  };
}
