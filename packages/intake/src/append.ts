import { createHash } from "node:crypto";
import { createBudgetGate, limitsOfShard, OverBudget, type BudgetGate, type IntakeLimits } from "./budget.ts";
import type { RedisConnection } from "@condo/redis";
import { encodeHeader, type IncomingEvent } from "./entry.ts";
import { dedupeKeyOf, entryOverheadBytes, heldOf, shardOf, streamOf } from "./shards.ts";

/** What became of an event: taken in under its own id, or known already under another. */
export interface Receipt {
  status: "accepted" | "duplicate";
  id: string;
}

/**
 * For each event: remembers its dedupe key and appends it to the stream, or answers the id it was taken in under. A key
 * whose append failed is forgotten, so that the sender's next try is not taken for a repetition. What the stream holds is
 * counted in the same step, and nothing is appended past the limits; a repetition is known for one all the same.
 *
 * Answers a receipt an event ('' appended, else the id it was seen under, or which limit forbids it), then the tenants
 * that are at their limit now, `*` standing for all together.
 */
const script = `
local stream, held = KEYS[1], KEYS[2]
local limits = {tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])}
local counts, changed, full = {}, {}, {}
local function count(name)
  if not counts[name] then counts[name] = tonumber(redis.call('HGET', held, name) or '0') end
  return counts[name]
end
local function add(name, by)
  counts[name] = count(name) + by
  changed[name] = (changed[name] or 0) + by
end
local function store()
  for name, by in pairs(changed) do redis.call('HINCRBY', held, name, by) end
end
local receipts = {}
for i = 3, #KEYS do
  local at = 4 + (i - 3) * 6
  local id, tenant, size = ARGV[at + 1], ARGV[at + 3], tonumber(ARGV[at + 4])
  local b, n = 'b:' .. tenant, 'n:' .. tenant
  local seen = redis.call('SET', KEYS[i], id, 'NX', 'GET', 'PX', ARGV[at + 2])
  local short = (count('b') >= limits[1] or count('n') >= limits[2]) and '!intake'
    or (count(b) >= limits[3] or count(n) >= limits[4]) and '!tenant'
  if seen then
    receipts[i - 2] = seen
  elseif short then
    redis.call('DEL', KEYS[i])
    receipts[i - 2] = short
  else
    local added = redis.pcall('XADD', stream, '*', 'h', ARGV[at + 5], 'b', ARGV[at + 6], 't', tenant)
    if type(added) == 'table' and added.err then
      redis.call('DEL', KEYS[i])
      store()
      return redis.error_reply(added.err)
    end
    receipts[i - 2] = ''
    add('b', size)
    add('n', 1)
    add(b, size)
    add(n, 1)
  end
  if count('b') >= limits[1] or count('n') >= limits[2] then full['*'] = true end
  if count(b) >= limits[3] or count(n) >= limits[4] then full[tenant] = true end
end
store()
for tenant in pairs(full) do receipts[#receipts + 1] = tenant end
return receipts
`;
const scriptSha = createHash("sha1").update(script).digest("hex");

/** Entries and bytes of one call at most: a call blocks Redis while it runs. */
const batchEntries = 64;
const batchBytes = 1024 * 1024;

interface Waiting {
  event: IncomingEvent;
  header: string;
  /** What it counts for, in bytes. */
  size: number;
  resolve: (receipt: Receipt) => void;
  reject: (error: unknown) => void;
}

/** Appends events to the intake stream. */
export interface Appender {
  /**
   * Takes an event in: one atomic step that recognises repetitions and appends. It resolves when Redis has answered, which
   * an `appendfsync always` server does after its fsync. A rejection leaves open whether the event was appended; taking it
   * in again under the same id, here or in Postgres, is safe, and here it is `accepted` again.
   *
   * @throws OverBudget when the intake, or the tenant's part of it, is full: it was not appended then
   */
  append(event: IncomingEvent): Promise<Receipt>;
  /** Who is over budget, told before a body is read. */
  gate: BudgetGate;
}

const noLimits: IntakeLimits = {
  bytes: Number.MAX_SAFE_INTEGER,
  events: Number.MAX_SAFE_INTEGER,
  tenantBytes: Number.MAX_SAFE_INTEGER,
  tenantEvents: Number.MAX_SAFE_INTEGER,
};

/** Events of one turn of the event loop travel together, a call a shard. */
export function createAppender(
  redis: RedisConnection,
  shards: number,
  limits: IntakeLimits = noLimits,
): Appender {
  const gate = createBudgetGate(redis, shards, limits);
  const perShard = limitsOfShard(limits, shards);
  const limitArgs = [perShard.bytes, perShard.events, perShard.tenantBytes, perShard.tenantEvents];
  const waiting = new Map<number, Waiting[]>();
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    for (const [shard, entries] of waiting) {
      for (const batch of batches(inTurns(entries))) void send(shard, batch);
    }
    waiting.clear();
  }

  async function send(shard: number, batch: Waiting[]): Promise<void> {
    try {
      const keys = [streamOf(shard), heldOf(shard), ...batch.map(({ event }) => dedupeKeyOf(shard, event))];
      const args = batch.flatMap(({ event, header, size }) => [
        event.id,
        event.dedupeWindowMs,
        event.tenantId,
        size,
        header,
        event.body,
      ]);
      const answers = (await evaluate(redis, keys, [...limitArgs, ...args])) as string[];
      for (const tenant of answers.slice(batch.length)) gate.close(tenant === "*" ? null : tenant);
      for (const [index, { event, resolve, reject }] of batch.entries()) {
        const answer = answers[index] ?? "";
        if (answer === "!intake" || answer === "!tenant") {
          reject(new OverBudget(answer === "!intake" ? "intake" : "tenant"));
          continue;
        }
        // Its own id is seen when a call is sent again because its answer was lost with the connection.
        const seen = answer || event.id;
        resolve({ status: seen === event.id ? "accepted" : "duplicate", id: seen });
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    gate,
    append: (event) =>
      new Promise((resolve, reject) => {
        const header = encodeHeader(event);
        const shard = shardOf(event, shards);
        const entries = waiting.get(shard) ?? [];
        if (entries.length === 0) waiting.set(shard, entries);
        const size = Buffer.byteLength(header) + event.body.length + entryOverheadBytes;
        entries.push({ event, header, size, resolve, reject });
        if (!scheduled) {
          scheduled = true;
          setImmediate(flush);
        }
      }),
  };
}

/** The tenants of a turn take turns, so that the many events of one don't all go before the one of another. */
function inTurns(entries: Waiting[]): Waiting[] {
  if (entries.length <= batchEntries) return entries;
  const byTenant = new Map<string, Waiting[]>();
  for (const entry of entries) {
    const own = byTenant.get(entry.event.tenantId);
    if (own) own.push(entry);
    else byTenant.set(entry.event.tenantId, [entry]);
  }
  if (byTenant.size === 1) return entries;
  const ordered: Waiting[] = [];
  for (let turn = 0; ordered.length < entries.length; turn++) {
    for (const own of byTenant.values()) {
      const entry = own[turn];
      if (entry) ordered.push(entry);
    }
  }
  return ordered;
}

function* batches(entries: Waiting[]): Generator<Waiting[]> {
  let batch: Waiting[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && (batch.length === batchEntries || bytes + entry.size > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.size;
  }
  if (batch.length > 0) yield batch;
}

async function evaluate(
  redis: RedisConnection,
  keys: string[],
  args: (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(scriptSha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return redis.eval(script, keys.length, ...keys, ...args);
  }
}
