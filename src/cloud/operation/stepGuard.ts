/** Watches over the steps of one run: names are unique, and a step ends before the next one begins. */
export interface StepGuard {
  around<T>(step: string, work: () => Promise<T>): Promise<T>;
}

export function stepGuard(): StepGuard {
  const seen = new Set<string>();
  let at: string | undefined;
  return {
    async around(step, work) {
      if (at !== undefined) throw new Error(`step ${step} began before step ${at} was over`);
      if (seen.has(step)) throw new Error(`two steps are named ${step}`);
      seen.add(step);
      at = step;
      try {
        return await work();
      } finally {
        at = undefined;
      }
    },
  };
}
