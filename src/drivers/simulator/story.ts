/** A line of a console, and when it appears (epoch milliseconds). */
export interface Line {
  readonly at: number;
  readonly text: string;
}

/** Seconds since the boot, as the kernel writes them: `[    1.204000] `. */
export const stamp = (at: number, bootedAt: number): string => `[${((at - bootedAt) / 1000).toFixed(6).padStart(12)}] `;

/** Spreads lines evenly over a span of time; each is made with the time at which it appears. */
export function spread(texts: readonly ((at: number) => string)[], from: number, to: number): readonly Line[] {
  return texts.map((text, index) => {
    const at = Math.round(from + ((to - from) * index) / Math.max(1, texts.length - 1));
    return { at, text: text(at) };
  });
}
