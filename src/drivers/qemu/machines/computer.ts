import { Locks } from '../locks.ts';
import type { Taking } from './room.ts';

/** Tells what a region's machines take; without the machine `except`. */
type Taken = (except?: string) => Promise<readonly Taking[]>;

/** One computer: the machines of all regions that are on it share its memory and processors. */
export class Computer {
  readonly #regions = new Set<Taken>();
  readonly #locks = new Locks();

  /** A region is here from now on, until the function that it gets is called. */
  join(taken: Taken): () => void {
    this.#regions.add(taken);
    return () => void this.#regions.delete(taken);
  }

  /** What the machines of all regions take; without the one that asks. */
  async taken(except?: string): Promise<readonly Taking[]> {
    return (await Promise.all([...this.#regions].map((taken) => taken(except)))).flat();
  }

  /** Machines come in one after another, whatever their region is: what one finds free is then its own. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#locks.inTurn('room', work);
  }
}
