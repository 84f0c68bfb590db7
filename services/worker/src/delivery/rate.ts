/** Lets through so many a second, and as many at once after a second's rest. */
export interface Rate {
  /** @returns 0 when there is one to take, or in how many milliseconds there will be */
  waitMs(perSecond: number): number;
  /** Takes the one that {@link waitMs} said is there. */
  take(): void;
  /** Whether it rested for a second: it is then as good as a new one. */
  isRested(): boolean;
}

const restMs = 1_000;

export function createRate(now: () => number = () => performance.now()): Rate {
  let tokens = Infinity;
  let at = now();
  return {
    waitMs(perSecond) {
      if (perSecond <= 0) return restMs;
      const time = now();
      tokens = Math.min(perSecond, tokens + ((time - at) * perSecond) / 1_000);
      at = time;
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1_000) / perSecond);
    },
    take() {
      tokens -= 1;
    },
    isRested: () => now() - at >= restMs,
  };
}
