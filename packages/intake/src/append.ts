import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { encodeHeader, type IncomingEvent } from "./entry.ts";
import { dedupeKeyOf, shardOf, streamOf } from "./shards.ts";

/** What became of an event: taken in under its own id, or known already under another. */
export interface Receipt {
  status: "accepted" | "duplicate";
  id: string;
}

/**
 * For each event: remembers its dedupe key and appends it to the stream, or answers the id it was taken in under. A key
 * whose append failed is forgotten, so that the sender's next try is not taken for a repetition.
 */
const script = `
local receipts = {}
for i = 2, #KEYS do
  local at = (i - 2) * 4
  local seen = redis.call('SET', KEYS[i], ARGV[at + 1], 'NX', 'GET', 'PX', ARGV[at + 2])
  if seen then
    receipts[i - 1] = seen
  else
    local added = redis.pcall('XADD', KEYS[1], '*', 'h', ARGV[at + 3], 'b', ARGV[at + 4])
    if type(added) == 'table' and added.err then
      redis.call('DEL', KEYS[i])
      return redis.error_reply(added.err)
    end
    receipts[i - 1] = ''
  end
end
return receipts
`;
const scriptSha = createHash("sha1").update(script).digest("hex");

/** Entries and bytes of one call at most: a call blocks Redis while it runs. */
const batchEntries = 64;
const batchBytes = 1024 * 1024;

interface Waiting {
  event: IncomingEvent;
  header: string;
  resolve: (receipt: Receipt) => void;
  reject: (error: unknown) => void;
}

/** Appends events to the intake stream. */
export interface Appender {
  /**
   * Takes an event in: one atomic step that recognises repetitions and appends. It resolves when Redis has answered, which
   * an `appendfsync always` server does after its fsync. A rejection leaves open whether the event was appended; taking it
   * in again under the same id, here or in Postgres, is safe, and here it is `accepted` again.
   */
  append(event: IncomingEvent): Promise<Receipt>;
}

/** Events of one turn of the event loop travel together, a call a shard. */
export function createAppender(redis: Redis, shards: number): Appender {
  const waiting = new Map<number, Waiting[]>();
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    for (const [shard, entries] of waiting) {
      for (const batch of batches(entries)) void send(redis, shard, batch);
    }
    waiting.clear();
  }

  return {
    append: (event) =>
      new Promise((resolve, reject) => {
        const header = encodeHeader(event);
        const shard = shardOf(event, shards);
        const entries = waiting.get(shard) ?? [];
        if (entries.length === 0) waiting.set(shard, entries);
        entries.push({ event, header, resolve, reject });
        if (!scheduled) {
          scheduled = true;
          setImmediate(flush);
        }
      }),
  };
}

function* batches(entries: Waiting[]): Generator<Waiting[]> {
  let batch: Waiting[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.header.length + entry.event.body.length;
    if (batch.length > 0 && (batch.length === batchEntries || bytes + size > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function send(redis: Redis, shard: number, batch: Waiting[]): Promise<void> {
  try {
    const keys = [streamOf(shard), ...batch.map(({ event }) => dedupeKeyOf(shard, event))];
    const args = batch.flatMap(({ event, header }) => [event.id, event.dedupeWindowMs, header, event.body]);
    const receipts = (await evaluate(redis, keys, args)) as string[];
    for (const [index, { event, resolve }] of batch.entries()) {
      // Its own id is seen when a call is sent again because its answer was lost with the connection.
      const seen = receipts[index] || event.id;
      resolve({ status: seen === event.id ? "accepted" : "duplicate", id: seen });
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

async function evaluate(redis: Redis, keys: string[], args: (string | number | Buffer)[]): Promise<unknown> {
  try {
    return await redis.evalsha(scriptSha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return redis.eval(script, keys.length, ...keys, ...args);
  }
}
