import type { RedisConnection } from "@condo/redis";
import { streamOf, type EventArea } from "./catalogue.ts";
import { decodeEvent, type DomainEvent } from "./cloud-event.ts";

export interface ConsumeOptions {
  /** A connection of its own, for reads block on it; it is closed at the end. */
  redis: RedisConnection;
  area: EventArea;
  /** Members of a group share its events; each event goes to one of them. */
  group: string;
  /** This member's name, unique among the living ones. */
  consumer: string;
  /**
   * Has to be idempotent by `event.id`. An event whose handling throws is handed out again, and so is one whose handling
   * takes longer than `claimAfterMs`.
   */
  handle: (event: DomainEvent) => Promise<void>;
  /** An entry that no catalogue entry fits is passed over, and told of here. */
  onUnreadable: (error: unknown, entry: string) => void;
  onError: (error: unknown) => void;
  signal: AbortSignal;
  /** After how long without an acknowledgement an event is taken from its consumer, in milliseconds; 30,000 by default. */
  claimAfterMs?: number;
}

const blockMs = 2_000;
const batchSize = 100;
const retryPauseMs = 250;
const claimEveryMs = 5_000;

type Entry = [id: string, fields: string[] | null];

/**
 * Reads an area's events as a member of a consumer group, until `signal` aborts: the event in hand is finished then, and
 * the others are left to be claimed. What a killed member left is claimed; a group that vanished with a flushed Redis is
 * made anew and reads the stream from its start.
 */
export async function consumeEvents(options: ConsumeOptions): Promise<void> {
  const { signal, redis } = options;
  const stream = streamOf(options.area);
  const claimAfterMs = options.claimAfterMs ?? 30_000;
  let claimedAt = -Infinity;
  let prepared = false;
  try {
    while (!signal.aborted) {
      try {
        if (!prepared) await untilAborted(signal, createGroup(redis, stream, options.group));
        prepared = true;
        if (Date.now() - claimedAt > Math.min(claimAfterMs, claimEveryMs)) {
          const abandoned = await untilAborted(signal, claim(options, stream, claimAfterMs));
          await handleAll(abandoned, options, stream, claimAfterMs);
          claimedAt = Date.now();
        }
        const fresh = await untilAborted(signal, read(options, stream));
        await handleAll(fresh, options, stream, claimAfterMs);
      } catch (error) {
        if (signal.aborted) return;
        if (isNoGroup(error)) {
          prepared = false;
          continue;
        }
        options.onError(error);
        await pause(retryPauseMs, signal);
      }
    }
  } finally {
    redis.disconnect();
  }
}

async function createGroup(redis: RedisConnection, stream: string, group: string): Promise<void> {
  try {
    await redis.xgroup("CREATE", stream, group, "0", "MKSTREAM");
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
  }
}

async function read(options: ConsumeOptions, stream: string): Promise<Entry[]> {
  const reply = await options.redis.xreadgroup(
    "GROUP",
    options.group,
    options.consumer,
    "COUNT",
    batchSize,
    "BLOCK",
    Math.min(blockMs, options.claimAfterMs ?? blockMs),
    "STREAMS",
    stream,
    ">",
  );
  return entriesOf(reply, stream);
}

/** One pass looks at a part of what is pending, so it goes on until it finds something or has seen all. */
async function claim(options: ConsumeOptions, stream: string, minIdleMs: number): Promise<Entry[]> {
  let from = "0-0";
  do {
    const [next, entries] = (await options.redis.xautoclaim(
      stream,
      options.group,
      options.consumer,
      minIdleMs,
      from,
      "COUNT",
      batchSize,
    )) as [string, Entry[]];
    if (entries.length > 0) return entries;
    from = next;
  } while (from !== "0-0");
  return [];
}

/**
 * Handles entries one after another. As each has its time, those behind it are held on to, and left once they may be
 * another member's.
 */
async function handleAll(
  entries: readonly Entry[],
  options: ConsumeOptions,
  stream: string,
  claimAfterMs: number,
): Promise<void> {
  let heldSince = performance.now();
  for (const [index, [id, fields]] of entries.entries()) {
    if (options.signal.aborted) return;
    const now = performance.now();
    if (now - heldSince >= claimAfterMs) return;
    if (now - heldSince > claimAfterMs / 3) {
      const rest = entries.slice(index).map(([each]) => each);
      await untilAborted(options.signal, hold(options, stream, rest));
      heldSince = now;
    }
    const text = fields?.[1] ?? "";
    const event = readable(text, options);
    try {
      if (event) await options.handle(event);
    } catch (error) {
      // Left unacknowledged, so that it is claimed and tried again; the ones behind it go on.
      options.onError(error);
      continue;
    }
    // After an abort it is still sent, for closing a connection sends first what was written to it.
    await untilAborted(options.signal, options.redis.xack(stream, options.group, id));
  }
}

/** Has the time after which they are taken from this member begin anew. */
function hold({ redis, group, consumer }: ConsumeOptions, stream: string, ids: string[]): Promise<unknown> {
  return redis.xclaim(stream, group, consumer, 0, ...ids, "JUSTID");
}

function readable(text: string, options: Pick<ConsumeOptions, "onUnreadable">): DomainEvent | undefined {
  try {
    return decodeEvent(text);
  } catch (error) {
    options.onUnreadable(error, text);
    return undefined;
  }
}

export interface FollowOptions {
  /** A connection of its own, for reads block on it; it is closed at the end. */
  redis: RedisConnection;
  areas: readonly EventArea[];
  onEvent: (event: DomainEvent) => void;
  /** Events may have been missed, as at the start or after a lost connection: what was remembered may be stale. */
  onGap: () => void;
  onUnreadable: (error: unknown, entry: string) => void;
  onError: (error: unknown) => void;
  signal: AbortSignal;
}

/** Follows every new event of some areas, in every process that calls it, until `signal` aborts. */
export async function followEvents(options: FollowOptions): Promise<void> {
  const { redis, signal } = options;
  const streams = options.areas.map((area) => streamOf(area));
  let positions: string[] | undefined;
  let lost = false;
  // A read that was under way is sent again on the new connection, and does not fail.
  const onClose = () => (lost = true);
  redis.on("close", onClose);
  try {
    while (!signal.aborted) {
      try {
        if (lost || !positions) {
          lost = false;
          positions = await untilAborted(signal, Promise.all(streams.map((stream) => lastId(redis, stream))));
          options.onGap();
        }
        const reply = await untilAborted(
          signal,
          redis.xread("BLOCK", blockMs, "STREAMS", ...streams, ...positions),
        );
        for (const [index, stream] of streams.entries()) {
          for (const [id, fields] of entriesOf(reply, stream)) {
            positions[index] = id;
            const event = readable(fields?.[1] ?? "", options);
            if (event) options.onEvent(event);
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        positions = undefined;
        options.onError(error);
        await pause(retryPauseMs, signal);
      }
    }
  } finally {
    redis.off("close", onClose);
    redis.disconnect();
  }
}

async function lastId(redis: RedisConnection, stream: string): Promise<string> {
  const last = (await redis.xrevrange(stream, "+", "-", "COUNT", 1)) as Entry[];
  return last[0]?.[0] ?? "0-0";
}

function entriesOf(reply: unknown, stream: string): Entry[] {
  const streams = reply as [name: string, entries: Entry[]][] | null;
  return streams?.find(([name]) => name === stream)?.[1] ?? [];
}

function isNoGroup(error: unknown): boolean {
  // A blocked read whose stream is deleted meanwhile is told so in these words.
  return error instanceof Error && /^(NOGROUP|UNBLOCKED the stream key no longer exists)/.test(error.message);
}

/** As `work`, but rejects at once when `signal` aborts: a blocked read, or a command that waits for Redis, is left. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error("aborted", { cause: signal.reason }));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
