import { type Call, type Driver, DriverError, type Seen } from '../../src/ports/driver.ts';
import type { Shelf } from '../../src/ports/store.ts';

/** A cloud that makes machines that are off ones of another type, at once and in two steps, as OpenStack does. */
export interface ResizingCloud {
  /** What it answers to those that ask it for a type, once for each. */
  readonly refusals: DriverError[];
  /** The type that a machine was made one of; undefined: that of its launch. */
  typeOf(id: string): Promise<string | undefined>;
  /** Gives a driver that is in front of this cloud. */
  readonly wrap: (driver: Driver) => Driver;
}

/** Plays such a cloud on a shelf, for tests. */
export function resizingCloud(shelf: Shelf): ResizingCloud {
  const refusals: DriverError[] = [];
  const key = (id: string): string => `resized/${id}`;
  const typeOf = (id: string) => shelf.get(key(id));
  const wrap = (driver: Driver): Driver => {
    const resize = async (id: string, type: string, call: Call): Promise<Seen> => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      const seen = await driver.compute.look(id, call);
      if (seen?.power !== 'off') throw new DriverError('invalid', `the machine ${id} is not off`, { about: 'state' });
      if ((await typeOf(id)) === type) return { settled: true };
      const begun = `begun ${type}`;
      await shelf.put(key(id), (await typeOf(id)) === begun ? type : begun);
      return { settled: false, lookAgainMs: 5 };
    };
    const compute = new Proxy(driver.compute, {
      get(target, verb) {
        if (verb === 'resize') return resize;
        const member: unknown = Reflect.get(target, verb);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    return { ...driver, compute };
  };
  return { refusals, typeOf, wrap };
}
