import type { Redis } from "ioredis";
import { drainGroup, streamOf } from "./shards.ts";

/** An entry of the intake stream, not yet decoded. */
export interface RawEntry {
  streamId: string;
  header: Buffer | undefined;
  body: Buffer | undefined;
}

type Entries = [id: Buffer, fields: Buffer[] | null][];

/** Makes the group of the drain where it is missing: at the start, and after Redis was emptied. */
export async function createDrainGroup(redis: Redis, shard: number): Promise<void> {
  try {
    await redis.xgroup("CREATE", streamOf(shard), drainGroup, "0", "MKSTREAM");
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
  }
}

/** Reads entries that nobody has read yet, and waits up to `blockMs` milliseconds for one. */
export async function readEntries(
  redis: Redis,
  shard: number,
  consumer: string,
  limits: { count: number; blockMs: number },
): Promise<RawEntry[]> {
  const stream = streamOf(shard);
  const reply = (await redis.xreadgroupBuffer(
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
  )) as [name: Buffer, entries: Entries][] | null;
  return rawEntries(reply?.[0]?.[1] ?? []);
}

/** Takes over entries that a consumer read, but did not finish within `minIdleMs` milliseconds: it may be dead. */
export async function claimEntries(
  redis: Redis,
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

/** Removes entries that are recorded: acknowledged and deleted in one step. */
export async function finishEntries(
  redis: Redis,
  shard: number,
  streamIds: readonly string[],
): Promise<void> {
  if (streamIds.length === 0) return;
  const stream = streamOf(shard);
  const results = await redis
    .multi()
    .xack(stream, drainGroup, ...streamIds)
    .xdel(stream, ...streamIds)
    .exec();
  const failed = results?.find(([error]) => error !== null);
  if (!results || failed) throw failed?.[0] ?? new Error("Redis did not take the acknowledgement");
}

/** How many entries wait in a shard, and how long the oldest has, in milliseconds by this process's clock. */
export async function intakeLag(
  redis: Redis,
  shard: number,
): Promise<{ entries: number; oldestAgeMs: number }> {
  const stream = streamOf(shard);
  const [entries, oldest] = await Promise.all([
    redis.xlen(stream),
    redis.xrange(stream, "-", "+", "COUNT", 1),
  ]);
  const addedAt = Number((oldest[0]?.[0] ?? "").split("-")[0]);
  return { entries, oldestAgeMs: oldest.length > 0 ? Math.max(0, Date.now() - addedAt) : 0 };
}

function rawEntries(entries: Entries): RawEntry[] {
  return entries.map(([id, fields]) => {
    const entry: RawEntry = { streamId: id.toString("latin1"), header: undefined, body: undefined };
    const pairs = fields ?? [];
    for (let index = 0; index + 1 < pairs.length; index += 2) {
      const name = pairs[index]?.toString("latin1");
      if (name === "h") entry.header = pairs[index + 1];
      if (name === "b") entry.body = pairs[index + 1];
    }
    return entry;
  });
}
