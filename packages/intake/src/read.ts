import { createHash } from "node:crypto";
import type { RedisConnection } from "@condo/redis";
import { drainGroup, entryOverheadBytes, heldOf, streamOf } from "./shards.ts";

/** An entry of the intake stream, not yet decoded. */
export interface RawEntry {
  streamId: string;
  header: Buffer | undefined;
  body: Buffer | undefined;
  /** Whose budget it counts for. */
  tenant: Buffer | undefined;
}

type Entries = [id: Buffer, fields: Buffer[] | null][];

/** Makes the group of the drain where it is missing: at the start, and after Redis was emptied. */
export async function createDrainGroup(redis: RedisConnection, shard: number): Promise<void> {
  try {
    await redis.xgroup("CREATE", streamOf(shard), drainGroup, "0", "MKSTREAM");
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
  }
}

/** Reads entries that nobody has read yet, and waits up to `blockMs` milliseconds for one. */
export async function readEntries(
  redis: RedisConnection,
  shard: number,
  consumer: string,
  limits: { count: number; blockMs: number },
): Promise<RawEntry[]> {
  const stream = streamOf(shard);
  const reply = await redis.xreadgroupBuffer(
    "GROUP",
    drainGroup,
    consumer,
    "COUNT",
    limits.count,
    "BLOCK",
    limits.blockMs,
    "STREAMS",
    stream,
    ">",
  );
  return rawEntries(reply?.[0]?.[1] ?? []);
}

/** Reads entries as they stand in the stream, whoever has read them: it takes none of them. */
export async function readQueued(
  redis: RedisConnection,
  shard: number,
  { after, count }: { after: string; count: number },
): Promise<RawEntry[]> {
  return rawEntries(await redis.xrangeBuffer(streamOf(shard), after, "+", "COUNT", count));
}

/** Takes over entries that a consumer read, but did not finish within `minIdleMs` milliseconds: it may be dead. */
export async function claimEntries(
  redis: RedisConnection,
  shard: number,
  consumer: string,
  limits: { count: number; minIdleMs: number },
): Promise<RawEntry[]> {
  // One pass looks at a part of what is pending, so it goes on until it finds something or has seen all.
  let from = "0-0";
  do {
    const [next, entries] = (await redis.callBuffer(
      "XAUTOCLAIM",
      streamOf(shard),
      drainGroup,
      consumer,
      limits.minIdleMs,
      from,
      "COUNT",
      limits.count,
    )) as [Buffer, Entries];
    if (entries.length > 0) return rawEntries(entries);
    from = next.toString("latin1");
  } while (from !== "0-0");
  return [];
}

/**
 * Acknowledges and deletes each entry, and takes what it counted for off the counts: once, however often it is finished.
 * An empty shard holds nothing, whatever the counts say: so they heal by themselves after somebody else deleted entries.
 */
const finishScript = `
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
`;
const finishScriptSha = createHash("sha1").update(finishScript).digest("hex");

/** Removes entries that are recorded: acknowledged, deleted and off the budgets in one step. */
export async function finishEntries(
  redis: RedisConnection,
  shard: number,
  entries: readonly RawEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const keys = [streamOf(shard), heldOf(shard)] as const;
  const args = [
    drainGroup,
    ...entries.flatMap(({ streamId, tenant, header, body }) => [
      streamId,
      tenant ?? "",
      (header?.length ?? 0) + (body?.length ?? 0) + entryOverheadBytes,
    ]),
  ];
  try {
    await redis.evalsha(finishScriptSha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    await redis.eval(finishScript, keys.length, ...keys, ...args);
  }
}

/** What waits in a shard: entries, their bytes, and for how long the oldest has, by this process's clock. */
export async function intakeLag(
  redis: RedisConnection,
  shard: number,
): Promise<{ entries: number; bytes: number; oldestAgeMs: number }> {
  const stream = streamOf(shard);
  const [entries, held, oldest] = await Promise.all([
    redis.xlen(stream),
    redis.hget(heldOf(shard), "b"),
    redis.xrange(stream, "-", "+", "COUNT", 1),
  ]);
  const addedAt = Number((oldest[0]?.[0] ?? "").split("-")[0]);
  return {
    entries,
    bytes: Number(held ?? 0),
    oldestAgeMs: oldest.length > 0 ? Math.max(0, Date.now() - addedAt) : 0,
  };
}

function rawEntries(entries: Entries): RawEntry[] {
  return entries.map(([id, fields]) => {
    const entry: RawEntry = {
      streamId: id.toString("latin1"),
      header: undefined,
      body: undefined,
      tenant: undefined,
    };
    const pairs = fields ?? [];
    for (let index = 0; index + 1 < pairs.length; index += 2) {
      const name = pairs[index]?.toString("latin1");
      if (name === "h") entry.header = pairs[index + 1];
      if (name === "b") entry.body = pairs[index + 1];
      if (name === "t") entry.tenant = pairs[index + 1];
    }
    return entry;
  });
}
