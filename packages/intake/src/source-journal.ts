import type { RedisConnection } from "@condo/redis";
import { z } from "zod";

/** How much is told of a source's rejected requests: the last of them, for an hour. */
const keptRejections = 50;
const keptMs = 3_600_000;
/** How long it is known when a source was last heard of. */
const healthMs = 90 * 86_400_000;
const flushMs = 250;

const rejectionSchema = z.object({
  at: z.iso.datetime(),
  status: z.int(),
  reason: z.string(),
  request_id: z.string(),
  address: z.string(),
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body_bytes: z.int().nullable(),
  body_sha256: z.string().nullable(),
});

/** A request that was refused, without its secrets: for whoever sets an integration up. */
export type Rejection = z.output<typeof rejectionSchema>;
export { rejectionSchema };

export interface SourceHealth {
  lastReceivedAt: Date | null;
  lastRejectedAt: Date | null;
  lastRejectedReason: string | null;
}

function healthKey(sourceId: string): string {
  return `condo:source-health:${sourceId}`;
}

function rejectionsKey(sourceId: string): string {
  return `condo:source-rejections:${sourceId}`;
}

/** Notes what becomes of a source's requests. It is a help and no promise: without Redis the notes are lost. */
export interface SourceJournal {
  received(sourceId: string, at: Date): void;
  rejected(sourceId: string, rejection: Rejection): void;
  /** Writes what is waiting, and notes nothing after it. */
  close(): Promise<void>;
}

interface Notes {
  receivedAt: Date | null;
  rejections: Rejection[];
}

/** Notes are gathered in memory and written four times a second, so that a request never waits for them. */
export function createSourceJournal(redis: RedisConnection): SourceJournal {
  let waiting = new Map<string, Notes>();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  function notesOf(sourceId: string): Notes {
    const notes = waiting.get(sourceId) ?? { receivedAt: null, rejections: [] };
    waiting.set(sourceId, notes);
    if (!closed) timer ??= setTimeout(() => void flush(), flushMs).unref();
    return notes;
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    waiting = new Map();
    if (redis.status !== "ready") return;
    await Promise.allSettled([...batch].map(([sourceId, notes]) => write(redis, sourceId, notes)));
  }

  return {
    received(sourceId, at) {
      notesOf(sourceId).receivedAt = at;
    },
    rejected(sourceId, rejection) {
      const { rejections } = notesOf(sourceId);
      rejections.push(rejection);
      if (rejections.length > keptRejections) rejections.shift();
    },
    async close() {
      closed = true;
      await flush();
    },
  };
}

async function write(redis: RedisConnection, sourceId: string, notes: Notes): Promise<void> {
  const health: Record<string, string> = {};
  const last = notes.rejections.at(-1);
  if (notes.receivedAt) health["received_at"] = notes.receivedAt.toISOString();
  if (last) Object.assign(health, { rejected_at: last.at, rejected_reason: last.reason });
  const key = healthKey(sourceId);
  const calls: Promise<unknown>[] = [redis.hset(key, health), redis.pexpire(key, healthMs)];
  if (last) {
    const list = rejectionsKey(sourceId);
    calls.push(
      redis.lpush(list, ...notes.rejections.map((rejection) => JSON.stringify(rejection))),
      redis.ltrim(list, 0, keptRejections - 1),
      redis.pexpire(list, keptMs),
    );
  }
  await Promise.all(calls);
}

/** When a source was last heard of, and what was last wrong. */
export async function sourceHealth(redis: RedisConnection, sourceId: string): Promise<SourceHealth> {
  const [receivedAt, rejectedAt, reason] = await redis.hmget(
    healthKey(sourceId),
    "received_at",
    "rejected_at",
    "rejected_reason",
  );
  return {
    lastReceivedAt: receivedAt ? new Date(receivedAt) : null,
    lastRejectedAt: rejectedAt ? new Date(rejectedAt) : null,
    lastRejectedReason: reason ?? null,
  };
}

/** The last 50 requests of a source that were rejected within the hour, newest first. */
export async function sourceRejections(redis: RedisConnection, sourceId: string): Promise<Rejection[]> {
  const texts = await redis.lrange(rejectionsKey(sourceId), 0, -1);
  const oldest = Date.now() - keptMs;
  return texts
    .map((text) => rejectionSchema.parse(JSON.parse(text)))
    .filter(({ at }) => Date.parse(at) >= oldest);
}

/** Forgets what was noted of a source. */
export async function eraseSourceNotes(redis: RedisConnection, sourceId: string): Promise<void> {
  await Promise.all([redis.del(healthKey(sourceId)), redis.del(rejectionsKey(sourceId))]);
}

/** Where the copy of a source is, by one of the names that webhooks have for it. */
export function sourceCopyKey(name: string): string {
  return `condo:source-copy:${name}`;
}
