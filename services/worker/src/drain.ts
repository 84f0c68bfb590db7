import type { Logger } from "@condo/http";
import {
  answerStoredIds,
  claimEntries,
  createDrainGroup,
  decodeEntry,
  finishEntries,
  readEntries,
  recordAliases,
  recordEvents,
  UnreadableEntry,
  type IncomingEvent,
  type Lease,
  type NewDelivery,
  type RawEntry,
} from "@condo/intake";
import { withPlatform, type Db } from "@condo/schema";
import type { RedisConnection } from "@condo/redis";
import type { Tracing } from "@condo/tracing";
import { pause } from "./pause.ts";
import { recordHalving } from "./record-halving.ts";
import { insertPoison } from "./repositories/webhook-poison.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

const batchEntries = 500;
const blockMs = 1_000;
/** An entry that its reader has not finished in this time is taken over: recording it twice does no harm. */
const claimAfterMs = 5_000;
const retryPauseMs = 200;

/** Sends what is recorded: takes new deliveries straight from the drain as far as it has room. */
export interface Taker {
  /** Undefined when it takes nothing now. */
  leaseFor(events: readonly IncomingEvent[]): Lease | undefined;
  /** @param recordingSince `performance.now()` before the leases began */
  take(deliveries: readonly NewDelivery[], events: readonly IncomingEvent[], recordingSince: number): void;
}

export interface DrainOptions {
  /** A connection of its own: reads block on it. */
  redis: RedisConnection;
  /** As `condo_platform`. */
  db: Db;
  shard: number;
  /** This worker's name in the group. */
  consumer: string;
  taker: Taker;
  metrics: Pick<WorkerMetrics, "drained" | "drainFailures" | "recording">;
  tracing: Tracing | undefined;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Moves a shard's entries into Postgres, until `signal` aborts: read in batches, record in one statement, have
 * the deliveries sent, and remove the entries. A crash between any two of these repeats work, and loses none.
 */
export async function drain(options: DrainOptions): Promise<void> {
  const { redis, shard, consumer, signal, logger } = options;
  let prepared = false;
  let claimedAt = 0;
  let finishing: Promise<unknown> = Promise.resolve();
  const settle = async (entries: readonly RawEntry[]): Promise<void> => {
    const isRecorded = await untilDone(() => recordAll(entries, options), entries, options);
    await finishing;
    // Not awaited: it travels with the next read, and Redis syncs its file once for both.
    if (isRecorded) finishing = untilDone(() => finishEntries(redis, shard, entries), entries, options);
  };
  while (!signal.aborted) {
    try {
      if (!prepared) await createDrainGroup(redis, shard);
      prepared = true;
      if (Date.now() - claimedAt > claimAfterMs) {
        claimedAt = Date.now();
        const left = await claimEntries(redis, shard, consumer, {
          count: batchEntries,
          minIdleMs: claimAfterMs,
        });
        // More may have been left than one call takes over.
        if (left.length > 0) claimedAt = 0;
        await settle(left);
      }
      await settle(await readEntries(redis, shard, consumer, { count: batchEntries, blockMs }));
    } catch (err) {
      if (signal.aborted) break;
      // An emptied Redis has lost the group; every other failure is worth a line.
      prepared = false;
      if (!(err instanceof Error && err.message.startsWith("NOGROUP"))) logger.warn({ err, shard }, "drain");
      await pause(retryPauseMs, signal);
    }
  }
  await finishing;
}

/**
 * Tries again however long Postgres or Redis are away.
 *
 * @returns false when the worker closes first: the entries stay pending, and another worker claims them, or this one
 *   after its restart
 */
async function untilDone(
  work: () => Promise<void>,
  entries: readonly RawEntry[],
  { metrics, shard, signal, logger }: DrainOptions,
): Promise<boolean> {
  for (;;) {
    try {
      await work();
      return true;
    } catch (err) {
      if (signal.aborted) return false;
      metrics.drainFailures.inc();
      logger.warn({ err, shard, entries: entries.length }, "a batch could not be dealt with yet");
      await pause(retryPauseMs, signal);
    }
  }
}

async function recordAll(entries: readonly RawEntry[], options: DrainOptions): Promise<void> {
  const readable: { entry: RawEntry; event: IncomingEvent }[] = [];
  for (const entry of entries) {
    try {
      readable.push({ entry, event: decodeEntry(entry.header, entry.body) });
    } catch (error) {
      if (!(error instanceof UnreadableEntry)) throw error;
      await setAside(entry, null, error.message, options);
    }
  }
  if (readable.length === 0) return;
  await recordHalving(
    readable,
    (batch) => recordTogether(batch, options),
    ({ entry, event }, { message }) => setAside(entry, event.tenantId, message, options),
  );
}

async function recordTogether(
  batch: readonly { event: IncomingEvent }[],
  options: DrainOptions,
): Promise<void> {
  const events = batch.map(({ event }) => event);
  const lease = options.taker.leaseFor(events);
  const since = performance.now();
  const { deliveries, recorded, aliases } = await withPlatform(options.db, async (trx) => {
    const done = await recordEvents(trx, events, lease);
    const passedOver = events.filter(({ id }) => !done.recorded.has(id));
    return { ...done, aliases: await recordAliases(trx, passedOver) };
  });
  options.taker.take(deliveries, events, since);
  if (options.tracing) trace(options.tracing, events, recorded, since);
  await answerStoredIds(options.redis, options.shard, events, aliases);
  options.metrics.recording.observe((performance.now() - since) / 1_000);
  options.metrics.drained.inc({ outcome: "recorded" }, recorded.size);
  options.metrics.drained.inc({ outcome: "known" }, events.length - recorded.size);
}

/** Recording a batch is a part of the trace of each of its webhooks. */
function trace(
  tracing: Tracing,
  events: readonly IncomingEvent[],
  recorded: ReadonlySet<string>,
  since: number,
): void {
  const startedAt = new Date(performance.timeOrigin + since);
  for (const { id, headers } of events) {
    const { traceparent: parent } = headers;
    if (parent === undefined) continue;
    const attributes = {
      "db.system.name": "postgresql",
      "condo.event_id": id,
      "condo.batch_size": events.length,
      "condo.recorded": recorded.has(id),
    };
    tracing.start("webhook record", { kind: "consumer", parent, startedAt, attributes }).end();
  }
}

async function setAside(
  entry: RawEntry,
  tenantId: string | null,
  reason: string,
  options: DrainOptions,
): Promise<void> {
  options.metrics.drained.inc({ outcome: "set_aside" });
  options.logger.error(
    { stream_id: entry.streamId, tenant_id: tenantId, reason },
    "an intake entry is set aside",
  );
  const whole = Buffer.concat([
    entry.header ?? Buffer.alloc(0),
    Buffer.from("\n"),
    entry.body ?? Buffer.alloc(0),
  ]);
  // Streams of different shards number their entries alike.
  const streamId = `${options.shard}/${entry.streamId}`;
  await withPlatform(options.db, (trx) => insertPoison(trx, { streamId, tenantId, reason, entry: whole }));
}
