/** Where a process dies: just before, or just after, its n-th durable write or call of the cloud (counted from 0). */
export interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** The life of a pretend process. Once it is dead, nothing that it waits for ever comes: as after `kill -9`. */
export interface Life {
  /** Counts from now on, and dies where `death` says. */
  begin(death?: Death): void;
  /** The points of this life since it began, by name. */
  readonly points: readonly string[];
  readonly died: Promise<void>;
  readonly dead: boolean;
  /** A durable write or a call of the cloud. */
  point<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Whatever else reaches out of the process. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when the writes that had left the process before it died have been made. */
  rest(): Promise<void>;
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

export function newLife(): Life {
  let die: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const points: string[] = [];
  const onTheWay = new Set<Promise<unknown>>();
  let begun = false;
  let dead = false;
  let death: Death | undefined;
  const end = (): void => {
    dead = true;
    die();
  };
  const track = async <T>(work: () => Promise<T>): Promise<T> => {
    const going = work();
    onTheWay.add(going);
    try {
      return await going;
    } finally {
      onTheWay.delete(going);
    }
  };
  const alive = async <T>(answer: Promise<T>): Promise<T> => {
    const outcome = await answer.then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    return dead ? never() : outcome();
  };
  return {
    begin(next) {
      begun = true;
      death = next;
      points.length = 0;
    },
    points,
    died,
    get dead() {
      return dead;
    },
    async point(name, work) {
      if (dead) return never();
      const here = points.length;
      if (begun) points.push(name);
      const last = begun && death?.at === here;
      if (last && death?.when === 'before') end();
      if (dead) return never();
      const answer = name.startsWith('call ') ? work() : track(work);
      if (!last) return alive(answer);
      await Promise.allSettled([answer]);
      end();
      return never();
    },
    pass: (work) => (dead ? never() : alive(work())),
    async rest() {
      await Promise.allSettled(onTheWay);
    },
  };
}
