/** How often one instance may ask. */
export interface Rate {
  /** Requests a second that go on for ever. */
  readonly perSecond: number;
  /** Requests that may come at once after a rest. */
  readonly burst: number;
}

/** EC2 lets an interface send 1024 packets a second to its metadata service. */
export const usualRate: Rate = { perSecond: 1_000, burst: 2_000 };

/** So many instances are watched at once; ids come from callers that are known, or from rows that exist. */
const most = 20_000;

/** Says whether an instance may ask again now (milliseconds of any clock that does not go back). */
export function createGauge({ perSecond, burst }: Rate): (instance: string, now: number) => boolean {
  let levels = new Map<string, { left: number; at: number }>();
  return (instance, now) => {
    const level = levels.get(instance) ?? { left: burst, at: now };
    level.left = Math.min(burst, level.left + (Math.max(0, now - level.at) * perSecond) / 1000);
    level.at = now;
    if (!levels.has(instance)) {
      if (levels.size >= most) levels = new Map();
      levels.set(instance, level);
    }
    if (level.left < 1) return false;
    level.left -= 1;
    return true;
  };
}
