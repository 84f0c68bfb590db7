import { networkOf } from "@condo/http";

/** Lookups that found nothing, an address and second at most; and how many an address may make at once. */
const perSecond = 10;
const burst = 50;
const maxAddresses = 10_000;

interface Bucket {
  left: number;
  at: number;
}

/**
 * Keeps random names from becoming load on the database: an address that asked for too many services that do not exist
 * waits before one that is not in memory is looked up for it. Services that exist cost nothing.
 */
export interface UnknownLimit {
  allows(address: string): boolean;
  foundNothing(address: string): void;
}

export function createUnknownLimit(now: () => number = Date.now): UnknownLimit {
  const buckets = new Map<string, Bucket>();

  function filled(address: string): Bucket | undefined {
    const bucket = buckets.get(address);
    if (!bucket) return undefined;
    const at = now();
    bucket.left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond);
    bucket.at = at;
    if (bucket.left === burst) buckets.delete(address);
    return bucket;
  }

  return {
    allows: (address) => (filled(networkOf(address))?.left ?? burst) >= 1,
    foundNothing(address) {
      const network = networkOf(address);
      const bucket = filled(network) ?? { left: burst, at: now() };
      bucket.left -= 1;
      buckets.delete(network);
      buckets.set(network, bucket);
      if (buckets.size <= maxAddresses) return;
      const oldest = buckets.keys().next();
      if (!oldest.done) buckets.delete(oldest.value);
    },
  };
}
