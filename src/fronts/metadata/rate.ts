/** How often one instance may ask. */
export interface Rate {
  /** Requests a second that go on for ever. */
  readonly perSecond: number;
  /** Requests that may come at once after a rest. */
  readonly burst: number;
}

/**
 * A port of a switch is promised 2,000 answers a second, and a quarter more keeps who asks just so often from being refused.
 * EC2 lets an interface send 1024 packets a second to its metadata service; its clients never come near either. It stays
 * below what one server answers, so that who asks without end leaves others theirs.
 */
export const usualRate: Rate = { perSecond: 2_500, burst: 5_000 };

/** So many instances are watched at once; ids come from callers that are known, or from rows that exist. */
const most = 20_000;

/** How long an instance that asked too often is not listened to, in milliseconds: what it is told to wait. */
export const restMs = 1_000;

/** Knows how often instances asked. Times are milliseconds of any clock that does not go back. */
export interface Gauge {
  /** Whether an instance may ask again now; if so, it has. */
  mayAsk(instance: string, now: number): boolean;
  /** Whether it has to wait, because it asked too often a moment ago. */
  rests(instance: string, now: number): boolean;
}

export function createGauge({ perSecond, burst }: Rate): Gauge {
  let levels = new Map<string, { left: number; at: number; restsUntil: number }>();
  const rests = (instance: string, now: number): boolean => now < (levels.get(instance)?.restsUntil ?? now);
  const mayAsk = (instance: string, now: number): boolean => {
    if (rests(instance, now)) return false;
    const level = levels.get(instance) ?? { left: burst, at: now, restsUntil: now };
    level.left = Math.min(burst, level.left + (Math.max(0, now - level.at) * perSecond) / 1000);
    level.at = now;
    if (!levels.has(instance)) {
      if (levels.size >= most) levels = new Map();
      levels.set(instance, level);
    }
    if (level.left < 1) {
      level.restsUntil = now + restMs;
      return false;
    }
    level.left -= 1;
    return true;
  };
  return { mayAsk, rests };
}
