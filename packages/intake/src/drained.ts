import type { RedisConnection } from "@condo/redis";
import { streamOf } from "./shards.ts";

const pollMs = 5;

/**
 * Marks what stands in the intake at this moment.
 *
 * @returns what waits until all of it is recorded, so that what was acknowledged before the mark can be found in Postgres;
 *   it answers false when that takes longer than `withinMs`, and goes on where it was when it is asked again
 */
export async function markIntake(
  redis: RedisConnection,
  shards: number,
  withinMs: number,
): Promise<() => Promise<boolean>> {
  const streams = Array.from({ length: shards }, (_, shard) => streamOf(shard));
  const newest = await Promise.all(
    streams.map(async (stream) => (await redis.xrevrange(stream, "+", "-", "COUNT", 1))[0]?.[0]),
  );
  // An entry is removed when it is recorded, so the oldest tells how far the drain has come.
  let waiting = streams.flatMap((stream, shard) => {
    const last = newest[shard];
    return last === undefined ? [] : [{ stream, last }];
  });
  return async () => {
    const deadline = performance.now() + withinMs;
    while (waiting.length > 0) {
      const left = await Promise.all(
        waiting.map(({ stream, last }) => redis.xrange(stream, "-", last, "COUNT", 1)),
      );
      waiting = waiting.filter((_, index) => (left[index]?.length ?? 0) > 0);
      if (waiting.length === 0) break;
      if (performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return true;
  };
}
