import {
  countInRedis,
  createWindows,
  limitPrefix,
  type CountingRedis,
  type Window,
} from "./limit-windows.ts";

/** Into how many parts a limit is cut of which a process tells the others. */
const parts = 100;

/** What holds for every request of somebody. */
export interface Limit {
  max: number;
  remaining: number;
  /** Seconds until the window ends. */
  resetSeconds: number;
  isExceeded: boolean;
}

/**
 * Counts what holds for every request, which must not make each wait for Redis: a process counts in memory, and tells
 * Redis, and learns of the others, each time a hundredth of the limit is used up. So several processes may let through a
 * hundredth each too many; while Redis is away each counts for itself.
 *
 * @param name of the limit, which no other of the same service has
 * @returns counts a request of somebody
 */
export function createLimitAhead(
  redis: CountingRedis,
  { service, name, max, windowMs }: { service: string; name: string; max: number; windowMs: number },
): (whose: string) => Limit {
  const windowOf = createWindows();

  async function tell(whose: string, window: Window): Promise<void> {
    const told = window.untold;
    window.isTelling = true;
    try {
      const key = `${limitPrefix}${service}:${name}:${whose}`;
      const { current, ttl } = await countInRedis(redis, key, windowMs, told);
      window.untold -= told;
      window.current = current + window.untold;
      window.endsAt = performance.now() + ttl;
    } catch {
      // Redis is away: what it was not told of, it is told of later.
    }
    window.isTelling = false;
  }

  return (whose) => {
    const now = performance.now();
    const window = windowOf(whose, windowMs, now);
    window.current += 1;
    window.untold += 1;
    if (window.untold >= max / parts && !window.isTelling) void tell(whose, window);
    return {
      max,
      remaining: Math.max(0, max - window.current),
      resetSeconds: Math.ceil((window.endsAt - now) / 1_000),
      isExceeded: window.current > max,
    };
  };
}
