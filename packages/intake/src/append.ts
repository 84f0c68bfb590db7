import { createHash } from "node:crypto";
import { createAllowances, spentForMs } from "./allowances.ts";
import {
  createBudgetGate,
  limitsOfShard,
  OverBudget,
  type BudgetGate,
  type IntakeLimits,
  type Shortage,
} from "./budget.ts";
import type { RedisConnection } from "@condo/redis";
import { createConfirmation, Unconfirmed, type Replication } from "./confirmation.ts";
import { encodeHeader, type IncomingEvent } from "./entry.ts";
import { allowancesOf, dedupeKeyOf, entryOverheadBytes, heldOf, shardOf, streamOf } from "./shards.ts";

/** What became of an event: taken in under its own id, or known already under another. */
export interface Receipt {
  status: "accepted" | "duplicate";
  id: string;
}

/**
 * For each event: remembers its dedupe key and appends it to the stream, or answers the id it was taken in under. A key
 * whose append failed is forgotten, so that the sender's next try is not taken for a repetition. What the stream holds is
 * counted in the same step, and nothing is appended past the limits; a repetition is known for one all the same. An event
 * of a tenant with a quota takes from the tenant's allowance, which somebody has to have granted.
 *
 * Answers a receipt an event ('' appended, else the id it was seen under, or which limit forbids it), then the tenants
 * that are at their limit now, `*` standing for all together.
 */
const script = `
local stream, held, allowed = KEYS[1], KEYS[2], KEYS[3]
local limits = {tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])}
local counts, changed, full, left, taken = {}, {}, {}, {}, {}
local clock
local function now()
  if not clock then
    local time = redis.call('TIME')
    clock = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return clock
end
local function allowance(tenant)
  if left[tenant] == nil then
    local known = redis.call('HMGET', allowed, tenant, tenant .. ':until')
    left[tenant] = known[1] and known[2] and tonumber(known[2]) > now() and tonumber(known[1])
  end
  return left[tenant]
end
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
  for tenant in pairs(taken) do
    redis.call('HSET', allowed, tenant, left[tenant])
    if left[tenant] == 0 then redis.call('HSET', allowed, tenant .. ':until', now() + ${spentForMs}) end
  end
end
local receipts = {}
for i = 4, #KEYS do
  local at = 4 + (i - 4) * 3
  local id, tenant, isBounded, size, window =
    string.match(ARGV[at + 1], '^(%S+) (%S+) (%d) (%d+) (%d+)$')
  size, isBounded = tonumber(size), isBounded == '1'
  local b, n = 'b:' .. tenant, 'n:' .. tenant
  local seen = redis.call('SET', KEYS[i], id, 'NX', 'GET', 'PX', window)
  local short = (count('b') >= limits[1] or count('n') >= limits[2]) and '!intake'
    or (count(b) >= limits[3] or count(n) >= limits[4]) and '!tenant'
  if seen then
    receipts[i - 3] = seen
  elseif short then
    redis.call('DEL', KEYS[i])
    receipts[i - 3] = short
  elseif isBounded and not (allowance(tenant) and allowance(tenant) > 0) then
    redis.call('DEL', KEYS[i])
    receipts[i - 3] = allowance(tenant) and '!month' or '!allowance'
  else
    local added = redis.pcall('XADD', stream, '*', 'h', ARGV[at + 2], 'b', ARGV[at + 3], 't', tenant)
    if type(added) == 'table' and added.err then
      redis.call('DEL', KEYS[i])
      store()
      return redis.error_reply(added.err)
    end
    receipts[i - 3] = ''
    if isBounded then left[tenant], taken[tenant] = left[tenant] - 1, true end
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

const shortages: Record<string, Shortage> = { "!intake": "intake", "!tenant": "tenant", "!month": "month" };

/** Entries and bytes of one call at most: a call blocks Redis while it runs. */
export const appendedAtOnce = 64;
const batchBytes = 1024 * 1024;

interface Waiting {
  event: IncomingEvent;
  header: string;
  /** What it counts for, in bytes. */
  size: number;
  /** Of the tenant's month; null where nothing bounds it, or nobody can tell what is left. */
  monthlyLimit: number | null;
  resolve: (receipt: Receipt) => void;
  reject: (error: unknown) => void;
}

/** Appends events to the intake stream. */
export interface Appender {
  /**
   * Takes an event in: one atomic step that recognises repetitions and appends. It resolves when Redis has answered, which
   * an `appendfsync always` server does after its fsync, and replicas have confirmed, where they have to. A rejection leaves open whether the event was appended; taking it
   * in again under the same id, here or in Postgres, is safe, and here it is `accepted` again.
   *
   * @throws OverBudget when the intake, or the tenant's part of it, is full, or its month used up: it was not appended then
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

/**
 * Events of one turn of the event loop travel together, a call a shard. Where replicas have to confirm, a shard has one
 * call under way, and what comes meanwhile travels with the next.
 *
 * @param usedThisMonth see {@link createAllowances}; it is asked about tenants with a monthly limit alone
 */
export function createAppender(
  redis: RedisConnection,
  shards: number,
  limits: IntakeLimits = noLimits,
  usedThisMonth: Parameters<typeof createAllowances>[2] = async () => ({ events: 0, endsInMs: Infinity }),
  replication: Replication | null = null,
): Appender {
  const confirmation = replication && createConfirmation(redis, replication);
  const allowances = createAllowances(redis, shards, usedThisMonth);
  const gate = createBudgetGate(redis, shards, limits);
  const perShard = limitsOfShard(limits, shards);
  const limitArgs = [perShard.bytes, perShard.events, perShard.tenantBytes, perShard.tenantEvents];
  const waiting = new Map<number, Waiting[]>();
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    for (const [shard, entries] of waiting) {
      if (confirmation?.isBusy(shard)) continue;
      waiting.delete(shard);
      const ordered = batches(inTurns(entries));
      if (confirmation) void confirmation.inTurn(shard, () => sendEach(shard, ordered)).then(schedule);
      else for (const batch of ordered) void send(shard, batch);
    }
  }

  async function sendEach(shard: number, ordered: Iterable<Waiting[]>): Promise<void> {
    for (const batch of ordered) await send(shard, batch);
  }

  async function send(shard: number, batch: Waiting[]): Promise<void> {
    try {
      const keys = [
        streamOf(shard),
        heldOf(shard),
        allowancesOf(shard),
        ...batch.map(({ event }) => dedupeKeyOf(shard, event)),
      ];
      const args = batch.flatMap(({ event, header, size, monthlyLimit }) => [
        `${event.id} ${event.tenantId} ${monthlyLimit === null ? 0 : 1} ${size} ${event.dedupeWindowMs}`,
        header,
        event.body,
      ]);
      const { answer, isConfirmed } = await evaluate(redis, confirmation, shard, keys, [
        ...limitArgs,
        ...args,
      ]);
      const answers = answer as string[];
      for (const tenant of answers.slice(batch.length)) gate.close(tenant === "*" ? null : tenant);
      const ungranted: Waiting[] = [];
      for (const [index, entry] of batch.entries()) {
        const { event, resolve, reject } = entry;
        const answer = answers[index] ?? "";
        if (answer === "!allowance") {
          ungranted.push(entry);
          continue;
        }
        const shortage = shortages[answer];
        if (shortage) {
          if (shortage === "month") gate.closeMonth(event.tenantId);
          reject(new OverBudget(shortage));
          continue;
        }
        if (!isConfirmed) {
          reject(new Unconfirmed());
          continue;
        }
        // Its own id is seen when a call is sent again because its answer was lost with the connection.
        const seen = answer || event.id;
        resolve({ status: seen === event.id ? "accepted" : "duplicate", id: seen });
      }
      for (const entries of Map.groupBy(ungranted, ({ event }) => event.tenantId).values()) {
        void grant(shard, entries);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** Has a tenant's allowance granted, and sends its events again. Who can't tell what is left turns nobody away. */
  async function grant(shard: number, entries: Waiting[]): Promise<void> {
    const [first] = entries;
    if (!first || first.monthlyLimit === null) return;
    try {
      await allowances.grant(shard, first.event.tenantId, first.monthlyLimit);
    } catch {
      for (const entry of entries) entry.monthlyLimit = null;
    }
    for (const batch of batches(entries)) await send(shard, batch);
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
        entries.push({ event, header, size, monthlyLimit: event.monthlyLimit ?? null, resolve, reject });
        schedule();
      }),
  };
}

/** The tenants of a turn take turns, so that the many events of one don't all go before the one of another. */
function inTurns(entries: Waiting[]): Waiting[] {
  if (entries.length <= appendedAtOnce) return entries;
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
    if (batch.length > 0 && (batch.length === appendedAtOnce || bytes + entry.size > batchBytes)) {
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
  confirmation: ReturnType<typeof createConfirmation> | null,
  shard: number,
  keys: string[],
  args: (string | number | Buffer)[],
): Promise<{ answer: unknown; isConfirmed: boolean }> {
  const call = async (name: "evalsha" | "eval", text: string) =>
    confirmation
      ? confirmation.call(shard, name, text, keys, args)
      : { answer: await redis[name](text, keys.length, ...keys, ...args), isConfirmed: true };
  try {
    return await call("evalsha", scriptSha);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return call("eval", script);
  }
}
