/** Lets works on one thing happen one after another. */
export type Turns = <T>(thing: string, work: () => Promise<T>) => Promise<T>;

/** Turns within this process: the folder of a region has one driver. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (thing, work) => {
    const before = last.get(thing) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(thing, mine);
    try {
      return await mine;
    } finally {
      if (last.get(thing) === mine) last.delete(thing);
    }
  };
}
