import type { RedisConnection } from "@condo/redis";
import { finishEntries } from "./finish.ts";
import { readQueued } from "./read.ts";
import { allowancesOf, heldOf } from "./shards.ts";

/** Bodies in memory at once are bounded by it, however large each may be. */
const batchEntries = 8;

/**
 * Takes a tenant's events out of a shard, read or not, and what was counted for it. Others' events are left where they
 * stand; the stream is looked through only while it holds something of the tenant.
 *
 * @returns how many events
 */
export async function eraseQueued(redis: RedisConnection, shard: number, tenantId: string): Promise<number> {
  let erased = 0;
  let after = "-";
  while (await redis.hexists(heldOf(shard), `n:${tenantId}`)) {
    const entries = await readQueued(redis, shard, { after, count: batchEntries });
    const last = entries.at(-1);
    if (!last) break;
    const own = entries.filter(({ tenant }) => tenant?.toString("latin1") === tenantId);
    await finishEntries(redis, shard, own);
    erased += own.length;
    after = `(${last.streamId}`;
  }
  await redis.hdel(heldOf(shard), `n:${tenantId}`, `b:${tenantId}`);
  await redis.hdel(allowancesOf(shard), tenantId, `${tenantId}:until`);
  return erased;
}
