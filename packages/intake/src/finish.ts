import type { RedisConnection } from "@condo/redis";
import type { RawEntry } from "./read.ts";
import { createScript } from "./script.ts";
import { drainGroup, entryOverheadBytes, heldOf, streamOf } from "./shards.ts";

/**
 * Acknowledges and deletes each entry, and takes what it counted for off the counts: once, however often it is finished.
 * An empty shard holds nothing, whatever the counts say: so they heal by themselves after somebody else deleted entries.
 */
const finishScript = createScript(`
local stream, held, group = KEYS[1], KEYS[2], ARGV[1]
local freed = {}
local function free(name, by) freed[name] = (freed[name] or 0) + by end
for at = 2, #ARGV, 3 do
  local id, tenant, size = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  redis.call('XACK', stream, group, id)
  if redis.call('XDEL', stream, id) == 1 and tenant ~= '' then
    free('b', size)
    free('n', 1)
    free('b:' .. tenant, size)
    free('n:' .. tenant, 1)
  end
end
if redis.call('XLEN', stream) == 0 then
  redis.call('DEL', held)
else
  for name, by in pairs(freed) do
    if redis.call('HINCRBY', held, name, -by) <= 0 then redis.call('HDEL', held, name) end
  end
end
`);

/** Removes entries that are recorded: acknowledged, deleted and off the budgets in one step. */
export async function finishEntries(
  redis: RedisConnection,
  shard: number,
  entries: readonly RawEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const keys = [streamOf(shard), heldOf(shard)];
  const args = [
    drainGroup,
    ...entries.flatMap(({ streamId, tenant, header, body }) => [
      streamId,
      tenant ?? "",
      (header?.length ?? 0) + (body?.length ?? 0) + entryOverheadBytes,
    ]),
  ];
  await finishScript.run(redis, keys, args);
}
