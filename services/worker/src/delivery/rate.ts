/** Lets through so many a second, and as many at once after a second's rest. */
export interface Rate {
  /** Takes one. @returns 0, or in how many milliseconds there is one to take */
  take(perSecond: number): number;
}

export function createRate(now: () => number = () => performance.now()): Rate {
  let tokens = Infinity;
  let at = now();
  return {
    take(perSecond) {
      if (perSecond <= 0) return 1_000;
      const time = now();
      tokens = Math.min(perSecond, tokens + ((time - at) * perSecond) / 1_000);
      at = time;
      if (tokens >= 1) {
        tokens -= 1;
        return 0;
      }
      return Math.ceil(((1 - tokens) * 1_000) / perSecond);
    },
  };
}
