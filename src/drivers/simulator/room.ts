import type { Clock } from '../../ports/clock.ts';
import { DriverError, type MachineSpec } from '../../ports/driver.ts';
import { type MachineShelf, takesRoom } from './machine.ts';
import type { Capacity } from './settings.ts';
import { matches } from './wildcard.ts';

/** How many machines the zones can take. Without a rule there is always room. */
export class Room {
  readonly #machines: MachineShelf;
  readonly #clock: Clock;
  readonly #capacity: readonly Capacity[];
  /** The end of the queue before each zone. */
  readonly #queues = new Map<string, Promise<void>>();

  constructor(machines: MachineShelf, clock: Clock, capacity: readonly Capacity[]) {
    this.#machines = machines;
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Places left for a type in a zone, not counting what the machine `except` takes. */
  async left(region: string, zone: string, type: string, except?: string): Promise<number> {
    const rules = this.#rules(zone, type);
    if (rules.length === 0) return Number.MAX_SAFE_INTEGER;
    const now = this.#clock.now();
    const types = (await this.#machines.all(region))
      .filter(([id, machine]) => id !== except && machine.spec.zone === zone && takesRoom(machine, now))
      .map(([, { spec }]) => spec.instanceType);
    const left = rules.map((rule) => rule.machines - types.filter((taken) => matches(rule.type, taken)).length);
    return Math.max(0, Math.min(...left));
  }

  /**
   * Writes a machine into its place. Machines of this process queue up before a full zone; should another process
   * take the last place at the same time, the machine steps back, so that no zone ever has more than it can take.
   */
  async take(region: string, id: string, spec: MachineSpec, enter: () => Promise<void>, leave: () => Promise<void>) {
    const { zone, instanceType } = spec;
    if (this.#rules(zone, instanceType).length === 0) return enter();
    await this.#queue(zone, async () => {
      if ((await this.left(region, zone, instanceType, id)) < 1) throw full(zone, instanceType);
      await enter();
      if ((await this.left(region, zone, instanceType, id)) >= 1) return;
      await leave();
      throw full(zone, instanceType);
    });
  }

  #rules(zone: string, type: string): readonly Capacity[] {
    return this.#capacity.filter((rule) => matches(rule.zone, zone) && matches(rule.type, type));
  }

  async #queue(zone: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#queues.get(zone) ?? Promise.resolve()).then(work);
    // Whoever comes next waits for the end of this turn, good or bad; the caller learns which.
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#queues.set(zone, ended);
    return turn;
  }
}

const full = (zone: string, type: string): DriverError =>
  new DriverError('no-capacity', `zone ${zone} has no room for another ${type}`);
