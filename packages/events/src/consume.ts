import type { Redis } from "ioredis";
import { streamOf, type EventArea } from "./catalogue.ts";
import { decodeEvent, type DomainEvent } from "./cloud-event.ts";

export interface ConsumeOptions {
  /** A connection of its own: reads block on it. */
  redis: Redis;
  area: EventArea;
  /** Members of a group share its events; each event goes to one of them. */
  group: string;
  /** This member's name, unique among the living ones. */
  consumer: string;
  /** Has to be idempotent by `event.id`. An event whose handling throws is handed out again. */
  handle: (event: DomainEvent) => Promise<void>;
  /** An entry that no catalogue entry fits is passed over, and told of here. */
  onUnreadable: (error: unknown, entry: string) => void;
  onError: (error: unknown) => void;
  signal: AbortSignal;
  /** After how long without an acknowledgement an event is taken from its consumer, in milliseconds. */
  claimAfterMs?: number;
}

const blockMs = 2_000;
const batchSize = 100;
const retryPauseMs = 250;

type Entry = [id: string, fields: string[] | null];

/**
 * Reads an area's events as a member of a consumer group, until `signal` aborts. What a killed member left is claimed; a
 * group that vanished with a flushed Redis is made anew and reads the stream from its start.
 */
export async function consumeEvents(options: ConsumeOptions): Promise<void> {
  const stream = streamOf(options.area);
  const claimAfterMs = options.claimAfterMs ?? 30_000;
  let claimedAt = 0;
  let prepared = false;
  while (!options.signal.aborted) {
    try {
      if (!prepared) await createGroup(options.redis, stream, options.group);
      prepared = true;
      if (Date.now() - claimedAt > Math.min(claimAfterMs, 5_000)) {
        claimedAt = Date.now();
        await handleAll(await claim(options, stream, claimAfterMs), options, stream);
      }
      await handleAll(await read(options, stream), options, stream);
    } catch (error) {
      if (options.signal.aborted) return;
      if (isNoGroup(error)) {
        prepared = false;
        continue;
      }
      options.onError(error);
      await pause(retryPauseMs, options.signal);
    }
  }
}

async function createGroup(redis: Redis, stream: string, group: string): Promise<void> {
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
    blockMs,
    "STREAMS",
    stream,
    ">",
  );
  return entriesOf(reply, stream);
}

async function claim(options: ConsumeOptions, stream: string, minIdleMs: number): Promise<Entry[]> {
  const reply = (await options.redis.xautoclaim(
    stream,
    options.group,
    options.consumer,
    minIdleMs,
    "0",
    "COUNT",
    batchSize,
  )) as [string, Entry[]];
  return reply[1];
}

async function handleAll(entries: readonly Entry[], options: ConsumeOptions, stream: string): Promise<void> {
  for (const [id, fields] of entries) {
    const text = fields?.[1] ?? "";
    const event = readable(text, options);
    try {
      if (event) await options.handle(event);
    } catch (error) {
      // Left unacknowledged, so that it is claimed and tried again; the ones behind it go on.
      options.onError(error);
      continue;
    }
    await options.redis.xack(stream, options.group, id);
  }
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
  /** A connection of its own: reads block on it. */
  redis: Redis;
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
  const streams = options.areas.map((area) => streamOf(area));
  let positions: string[] | undefined;
  while (!options.signal.aborted) {
    try {
      if (!positions) {
        positions = await Promise.all(streams.map((stream) => lastId(options.redis, stream)));
        options.onGap();
      }
      const reply = await options.redis.xread("BLOCK", blockMs, "STREAMS", ...streams, ...positions);
      for (const [index, stream] of streams.entries()) {
        for (const [id, fields] of entriesOf(reply, stream)) {
          positions[index] = id;
          const event = readable(fields?.[1] ?? "", options);
          if (event) options.onEvent(event);
        }
      }
    } catch (error) {
      if (options.signal.aborted) return;
      positions = undefined;
      options.onError(error);
      await pause(retryPauseMs, options.signal);
    }
  }
}

async function lastId(redis: Redis, stream: string): Promise<string> {
  const last = (await redis.xrevrange(stream, "+", "-", "COUNT", 1)) as Entry[];
  return last[0]?.[0] ?? "0-0";
}

/** Redis answers streams as a map in RESP3 and as pairs in RESP2. */
function entriesOf(reply: unknown, stream: string): Entry[] {
  if (reply === null || reply === undefined) return [];
  if (reply instanceof Map) return (reply.get(stream) as Entry[] | undefined) ?? [];
  if (Array.isArray(reply)) {
    const pair = (reply as [string, Entry[]][]).find(([name]) => name === stream);
    return pair?.[1] ?? [];
  }
  return (reply as Record<string, Entry[]>)[stream] ?? [];
}

function isNoGroup(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOGROUP");
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
