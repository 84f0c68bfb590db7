import type { RedisConnection } from "@condo/redis";
import { appendedAtOnce } from "./append.ts";
import { createScript } from "./script.ts";
import { drainGroup, heldOf, streamOf } from "./shards.ts";

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

/** How much is read at once. */
interface ReadLimits {
  count: number;
  /**
   * Reading ends once it has so many, 8 MiB where nothing is said, or with one of the few entries that came along. Bodies
   * differ by a factor of ten thousand: a number of entries bounds neither memory nor what a statement can hold.
   */
  bytes?: number;
}

const defaultBytes = 8 * 1024 * 1024;

/** Entries that one command answers; their bytes are counted before the next. */
const step = 4;

const gather = `
local found, bytes = {}, 0
local function add(entries)
  for _, entry in ipairs(entries) do
    if entry and entry[2] then
      found[#found + 1] = entry
      for at = 2, #entry[2], 2 do bytes = bytes + #entry[2][at] end
    end
  end
end
local function count() return math.min(${step}, tonumber(ARGV[3]) - #found) end
local function isFull() return #found >= tonumber(ARGV[3]) or bytes >= tonumber(ARGV[4]) end
`;

const readScript = createScript(`${gather}
repeat
  local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', count(), 'STREAMS', KEYS[1], '>')
  if not reply then break end
  add(reply[1][2])
until isFull()
return found
`);

/** One pass looks at a part of what is pending, so it goes on until it finds something or has seen all. */
const claimScript = createScript(`${gather}
local from = '0-0'
repeat
  local reply = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[5], from, 'COUNT', count())
  from = reply[1]
  add(reply[2])
until from == '0-0' or isFull()
return found
`);

/** Reads entries that nobody has read yet, and waits up to `blockMs` milliseconds for one. */
export async function readEntries(
  redis: RedisConnection,
  shard: number,
  consumer: string,
  { count, bytes = defaultBytes, blockMs }: ReadLimits & { blockMs: number },
): Promise<RawEntry[]> {
  const stream = streamOf(shard);
  const args = [drainGroup, consumer, count, bytes];
  const waiting = (await readScript.runBuffer(redis, [stream], args)) as Entries;
  if (waiting.length > 0) return rawEntries(waiting);
  // Nothing waits: what comes now is what one append brings, which has a bound of its own.
  const reply = await redis.xreadgroupBuffer(
    "GROUP",
    drainGroup,
    consumer,
    "COUNT",
    Math.min(count, appendedAtOnce),
    "BLOCK",
    blockMs,
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
  { count, bytes = defaultBytes, minIdleMs }: ReadLimits & { minIdleMs: number },
): Promise<RawEntry[]> {
  const args = [drainGroup, consumer, count, bytes, minIdleMs];
  return rawEntries((await claimScript.runBuffer(redis, [streamOf(shard)], args)) as Entries);
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
