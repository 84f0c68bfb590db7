/** Chance that comes out the same for the same seed. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  next(): number;
  /** An integer from `from` to `to`, both included. */
  between(from: number, to: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of the names, the more often the higher its weight. */
  weighted<T extends string>(weights: Readonly<Partial<Record<T, number>>>): T;
  bytes(length: number): Buffer;
}

/** Mulberry32: small, fast, and good enough to vary tests. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const random: Random = {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    between: (from, to) => from + Math.floor(random.next() * (to - from + 1)),
    chance: (share) => random.next() < share,
    pick<T>(list: readonly T[]): T {
      return list[random.between(0, list.length - 1)] as T;
    },
    weighted<T extends string>(weights: Readonly<Partial<Record<T, number>>>): T {
      const entries = Object.entries(weights) as [T, number][];
      let left = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      const found = entries.find(([, weight]) => (left -= weight) < 0) ?? entries.at(-1);
      if (!found) throw new Error("nothing to choose from");
      return found[0];
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => random.between(0, 255))),
  };
  return random;
}
