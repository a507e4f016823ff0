import type { ConsoleKind } from '../../ports/consoles.ts';

/** How many may be at a console of one machine, and at all consoles of this server. */
export interface Places {
  readonly each: Readonly<Record<ConsoleKind, number>>;
  readonly all: number;
}

/** A serial port has one user at a time. A viewer of a screen costs its machine's QEMU memory. */
export const usualPlaces: Places = { each: { serial: 1, screen: 8 }, all: 256 };

/** Leaves the place. */
export type Leave = () => void;

/** The places at consoles: whoever is there, or about to be. */
export function createSeats({ each, all }: Places) {
  const taken = new Map<string, number>();
  let sum = 0;
  return {
    /** `taken`: this console has no place left; `full`: the server has none. */
    take(id: string, kind: ConsoleKind): Leave | 'taken' | 'full' {
      const which = `${kind} of ${id}`;
      const here = taken.get(which) ?? 0;
      if (here >= each[kind]) return 'taken';
      if (sum >= all) return 'full';
      taken.set(which, here + 1);
      sum += 1;
      let isLeft = false;
      return () => {
        if (isLeft) return;
        isLeft = true;
        sum -= 1;
        const left = taken.get(which)! - 1;
        if (left === 0) taken.delete(which);
        else taken.set(which, left);
      };
    },
  };
}
