/** The middle one of some numbers, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Two things measured in turns. */
export interface Pair {
  /** Median of ours, and of what it is compared with. */
  readonly ours: number;
  readonly reference: number;
  /** Median of the rounds' own ratios, ours to the reference: a slow minute of the machine slows both sides of a round. */
  readonly ratio: number;
  readonly rounds: readonly (readonly [ours: number, reference: number])[];
}

/** Measures both sides in every round, in changing order. */
export async function inTurns(
  rounds: number,
  ours: () => Promise<number>,
  reference: () => Promise<number>,
): Promise<Pair> {
  const all: [number, number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) {
      const first = await ours();
      all.push([first, await reference()]);
    } else {
      const first = await reference();
      all.push([await ours(), first]);
    }
  }
  return pairOf(all);
}

export const pairOf = (rounds: readonly (readonly [number, number])[]): Pair => ({
  ours: median(rounds.map(([a]) => a)),
  reference: median(rounds.map(([, b]) => b)),
  ratio: median(rounds.map(([a, b]) => a / b)),
  rounds,
});

/** What a benchmark found: one line of the table. */
export interface Line {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly reference: number;
  /** What the reference is. */
  readonly to: string;
  readonly ratio: number;
  /** The ratio, or the figure itself, that is promised. Absent: for information. */
  readonly target?: { readonly is: 'at least' | 'at most'; readonly value: number; readonly of: 'ratio' | 'figure' };
  /** More about how it came about, for the JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Whether a line meets its target; undefined where it has none. */
export function met({ target, ratio, ours }: Line): boolean | undefined {
  if (target === undefined) return undefined;
  const value = target.of === 'ratio' ? ratio : ours;
  return target.is === 'at least' ? value >= target.value : value <= target.value;
}
