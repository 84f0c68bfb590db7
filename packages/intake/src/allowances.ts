import type { RedisConnection } from "@condo/redis";
import { createScript } from "./script.ts";
import { allowancesOf, heldOf } from "./shards.ts";

/** How long an allowance is good: what came in past Redis, or was lost with it, shows after this. */
const goodForMs = 60_000;
/** One that is used up is asked for anew this soon: the plan may be another by then, or the month over. */
export const spentForMs = 1_000;

/** Nobody takes the place of an allowance that is still good. */
const grantScript = createScript(`
local tenant, left = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = redis.call('HGET', KEYS[1], tenant .. ':until')
if ends and tonumber(ends) > now then return end
redis.call('HSET', KEYS[1], tenant, left, tenant .. ':until', now + tonumber(ARGV[left > 0 and 3 or 4]))
`);

/**
 * How many events a tenant's plan lets it take in until the month ends. Postgres knows how many were recorded; what is
 * left is put into Redis for a minute, where appending takes from it in the same step. So counting costs no round trip,
 * and an emptied Redis forgets nothing that matters. Shards fill evenly, so each has its part of what is left.
 *
 * @param usedThisMonth how many were recorded, and how long this month lasts, in milliseconds
 */
export function createAllowances(
  redis: RedisConnection,
  shards: number,
  usedThisMonth: (tenantId: string) => Promise<{ events: number; endsInMs: number }>,
): { grant(shard: number, tenantId: string, limit: number): Promise<void> } {
  return {
    async grant(shard, tenantId, limit) {
      // What waits is counted before what is recorded: an event on its way between the two counts twice, not never.
      const waiting = Number((await redis.hget(heldOf(shard), `n:${tenantId}`)) ?? 0);
      const { events, endsInMs } = await usedThisMonth(tenantId);
      const left = Math.max(0, Math.ceil((limit - events) / shards) - waiting);
      const within = (ms: number) => Math.max(1, Math.min(ms, endsInMs));
      const args = [tenantId, left, within(goodForMs), within(spentForMs)];
      await grantScript.run(redis, [allowancesOf(shard)], args);
    },
  };
}
