/** Lets works on one thing happen one after another. */
export type Turns = <T>(thing: string, work: () => Promise<T>) => Promise<T>;

/** Who may do something with a thing now, within this process: the folder of a region has one driver. Some wait for their turn; others go away and come again. */
export class Locks {
  /** The end of the queue before each thing that somebody has. */
  readonly #queues = new Map<string, Promise<void>>();

  /** Runs `work` when all who came before are through. */
  async inTurn<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const turn = this.#queueUp(thing);
    await turn.before;
    try {
      return await work();
    } finally {
      turn.release();
    }
  }

  /** Runs `work` if nobody has any of the things; else does nothing, and gives `busy`. */
  async ifFree<T>(things: readonly string[], work: () => Promise<T>): Promise<T | 'busy'> {
    if (things.some((thing) => this.#queues.has(thing))) return 'busy';
    const turns = [...new Set(things)].map((thing) => this.#queueUp(thing));
    try {
      return await work();
    } finally {
      for (const turn of turns) turn.release();
    }
  }

  #queueUp(thing: string): { readonly before: Promise<void> | undefined; release(): void } {
    const before = this.#queues.get(thing);
    let release = (): void => undefined;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    const end = (before ?? Promise.resolve()).then(() => mine);
    this.#queues.set(thing, end);
    return {
      before,
      release: () => {
        release();
        if (this.#queues.get(thing) === end) this.#queues.delete(thing);
      },
    };
  }
}
