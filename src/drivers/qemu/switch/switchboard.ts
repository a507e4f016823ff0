import type { Clock } from '../../../ports/clock.ts';
import type { Network, SeenPort } from '../network/plane.ts';
import type { Limits } from './core/limits.ts';
import { createSwitch, type Switch, type SwitchParts } from './core/switch.ts';
import { etherHeader } from './packets/ethernet.ts';
import { createWire, type Wire } from './wires/wire.ts';

export interface SwitchboardParts {
  readonly clock: Clock;
  readonly limits: Limits;
  /** What becomes of packets that end in the switch. */
  readonly end: SwitchParts['end'];
}

/** A switch with the wires of its ports. */
export interface Switchboard {
  /** For what ends flows: to send to machines. */
  readonly core: Pick<Switch, 'topology' | 'deliver' | 'answer' | 'wayOut'>;
  /** @throws RangeError when the network contradicts itself; then nothing changed. */
  apply(network: Network): void;
  ports(): ReadonlyMap<string, SeenPort>;
  close(): void;
}

const sweepMs = 5_000;

/** Keeps a wire for each port of the network, and none for others. */
export function createSwitchboard({ clock, limits, end }: SwitchboardParts): Switchboard {
  const wires = new Map<string, { readonly path: string; readonly wire: Wire }>();
  const core = createSwitch({
    ...{ clock, limits, end },
    forward: (port, buffer, start, stop) => wires.get(port)?.wire.forward(buffer, start, stop) ?? false,
    send: (port, frame) => wires.get(port)?.wire.send(frame) ?? false,
  });
  const flush = (): void => {
    for (const { wire } of wires.values()) wire.flush();
  };
  const sweep = (): void => {
    core.sweep();
    timer = clock.at(clock.now() + sweepMs, sweep);
  };
  let timer = clock.at(clock.now() + sweepMs, sweep);

  function drop(port: string): void {
    wires.get(port)?.wire.close();
    wires.delete(port);
  }

  return {
    core,
    apply(network) {
      core.apply(network);
      const wanted = new Map(network.ports.map(({ id, wire }) => [id, wire]));
      for (const [id, { path }] of wires) if (wanted.get(id) !== path) drop(id);
      for (const [id, path] of wanted) {
        if (wires.has(id)) continue;
        const receive = (buffer: Buffer, start: number, stop: number) => core.receive(id, buffer, start, stop);
        const wire = createWire({ path, clock, largest: limits.mtu + etherHeader, receive, received: flush });
        wires.set(id, { path, wire });
      }
    },
    ports: () =>
      new Map(
        [...wires].flatMap(([id, { wire }]) => {
          const seen = core.seen(id);
          return seen === undefined ? [] : [[id, { up: wire.up, ...seen }] as const];
        }),
      ),
    close() {
      timer.cancel();
      for (const id of [...wires.keys()]) drop(id);
    },
  };
}
