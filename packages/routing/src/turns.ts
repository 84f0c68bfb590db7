interface Share<T> {
  waiting: Set<T>;
  underWay: number;
  /** Time of what is over. */
  hadMs: number;
}

/**
 * Whose turn it is, among tenants that wait for the same few processes: that of the one which had the least of their time.
 * So slow work delays its own tenant's, and another's waits for little more than what is under way. None of a tenant
 * overtakes another.
 */
export interface Turns<T> {
  add(item: T): void;
  /** Takes out what waits no longer. @returns false when its turn has come already */
  remove(item: T): boolean;
  /** Takes out the one whose turn it is. Until {@link end} its tenant counts as if it took as long as it may. */
  next(): T | undefined;
  end(item: T, tookMs: number): void;
  /** Whether anything waits. */
  isAwaited(): boolean;
  /** Takes out all that wait. */
  clear(): T[];
}

/** @param mostMs how long one may take */
export function createTurns<T extends { tenantId: string }>(mostMs: number): Turns<T> {
  const shares = new Map<string, Share<T>>();
  /** What the tenant had had whose turn came last. */
  let leastMs = 0;

  function weight({ underWay, hadMs }: Share<T>): number {
    return hadMs + underWay * mostMs;
  }

  return {
    add(item) {
      let share = shares.get(item.tenantId);
      if (!share) shares.set(item.tenantId, (share = { waiting: new Set(), underWay: 0, hadMs: 0 }));
      // Who asked for nothing meanwhile has saved nothing up.
      if (share.waiting.size === 0) share.hadMs = Math.max(share.hadMs, leastMs);
      share.waiting.add(item);
    },
    remove: (item) => shares.get(item.tenantId)?.waiting.delete(item) ?? false,
    next() {
      let first: Share<T> | undefined;
      for (const share of shares.values()) {
        if (share.waiting.size > 0 && (!first || weight(share) < weight(first))) first = share;
      }
      if (first) leastMs = Math.max(leastMs, first.hadMs);
      for (const [tenantId, share] of shares) {
        const isEven = !first || share.hadMs <= leastMs;
        if (isEven && share.waiting.size === 0 && share.underWay === 0) shares.delete(tenantId);
      }
      if (!first) return undefined;
      const [item] = first.waiting;
      if (item) first.waiting.delete(item);
      first.underWay++;
      return item;
    },
    end({ tenantId }, tookMs) {
      const share = shares.get(tenantId);
      if (!share) return;
      share.underWay--;
      share.hadMs += tookMs;
    },
    isAwaited: () => [...shares.values()].some(({ waiting }) => waiting.size > 0),
    clear() {
      const items = [...shares.values()].flatMap(({ waiting }) => Array.from(waiting));
      shares.clear();
      return items;
    },
  };
}
