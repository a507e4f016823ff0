import type { Shelf } from '../../../src/ports/store.ts';

/** A shelf in memory that also counts what it is asked for. */
export interface CountingShelf extends Shelf {
  readonly puts: number;
  readonly gets: number;
  readonly keys: readonly string[];
}

/** Makes an empty shelf. Every call takes a turn of the event loop, as a real one would. */
export function createMemoryShelf(): CountingShelf {
  const pairs = new Map<string, string>();
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  let puts = 0;
  let gets = 0;
  return {
    get puts() {
      return puts;
    },
    get gets() {
      return gets;
    },
    get keys() {
      return [...pairs.keys()].sort();
    },
    async get(key) {
      gets++;
      await turn();
      return pairs.get(key);
    },
    async put(key, value) {
      puts++;
      await turn();
      pairs.set(key, value);
    },
    async delete(key) {
      await turn();
      pairs.delete(key);
    },
    async list(prefix) {
      await turn();
      const found = [...pairs].filter(([key]) => key.startsWith(prefix));
      return found.sort(([one], [other]) => (one < other ? -1 : 1));
    },
  };
}
