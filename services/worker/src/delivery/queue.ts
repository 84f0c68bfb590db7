import { coalesce, type Logger } from "@condo/http";
import type { Tracing } from "@condo/tracing";
import { Queue, Worker, type ConnectionOptions } from "bullmq";
import type { DestinationReference } from "./destinations.ts";

const queueName = "deliveries";
/** A hash tag, so that all keys of the queue lie in one slot of a Redis Cluster. */
const queuePrefix = "{condo}";

/** What a job says: something of this destination is due. What, is in Postgres, which is the record. */
interface WakeJob {
  tenantId: string;
  destinationId: string;
  /** Of the delivery that asked first: a job serves many. Absent where nothing is traced. */
  traceparent?: string;
}

export interface WakeQueue {
  /**
   * Has some worker look at a destination in so many milliseconds, or a little later.
   *
   * @param traceparent the wake-up belongs to its trace, unless another delivery asked for the same one before
   */
  wakeIn(destination: DestinationReference, ms: number, traceparent?: string): void;
  close(): Promise<void>;
}

interface Wake {
  destination: DestinationReference;
  at: number;
}

const finestStepMs = 50;
const stepsOfDelay = 64;

/**
 * When retries far apart in number are close in time one job serves them all: so there is a bounded number of jobs a
 * destination, however many of its deliveries wait.
 */
export function wakeTime(now: number, delayMs: number): number {
  const step = Math.max(finestStepMs, 2 ** Math.floor(Math.log2(delayMs / stepsOfDelay + 1)));
  return Math.ceil((now + delayMs) / step) * step;
}

export function createWakeQueue(connection: ConnectionOptions, logger: Logger): WakeQueue {
  const queue = new Queue<WakeJob>(queueName, { connection, prefix: queuePrefix });
  // The connection's owner hears of its errors.
  queue.on("error", () => undefined);
  const traceparents = new Map<string, string>();
  const add = coalesce<string, true>(async (keys) => {
    const now = Date.now();
    await queue.addBulk(
      keys.map((key) => {
        const { destination, at } = parseKey(key);
        const traceparent = traceparents.get(key);
        traceparents.delete(key);
        return {
          name: "wake",
          data: {
            tenantId: destination.tenantId,
            destinationId: destination.id,
            ...(traceparent === undefined ? {} : { traceparent }),
          },
          opts: {
            jobId: `${destination.id}@${at}`,
            delay: Math.max(0, at - now),
            removeOnComplete: true,
            removeOnFail: true,
          },
        };
      }),
    );
    return new Map();
  });
  return {
    wakeIn(destination, ms, traceparent) {
      const key = keyOf({ destination, at: wakeTime(Date.now(), ms) });
      if (traceparent !== undefined && !traceparents.has(key)) traceparents.set(key, traceparent);
      // Without it the sweeper is what finds the delivery, a little later.
      add(key).catch((err: unknown) => logger.debug({ err }, "a retry is left to the sweeper"));
    },
    close: () => queue.close(),
  };
}

function keyOf({ destination, at }: Wake): string {
  return `${destination.tenantId}/${destination.id}/${at}`;
}

function parseKey(key: string): Wake {
  const [tenantId = "", id = "", at = ""] = key.split("/");
  return { destination: { tenantId, id }, at: Number(at) };
}

const concurrency = 20;
const stalledCheckMs = 5_000;

/** Hears the queue's wake-ups, until the returned function is called. */
export function hearWakeUps(
  connection: ConnectionOptions,
  onWake: (destination: DestinationReference) => void,
  { tracing, logger }: { tracing: Tracing | undefined; logger: Logger },
): () => Promise<void> {
  const worker = new Worker<WakeJob>(
    queueName,
    async ({ data }) => {
      const { tenantId, destinationId: id, traceparent: parent } = data;
      const attributes = { "messaging.system": "bullmq", "condo.destination_id": id };
      const span = parent && tracing?.start("webhook wake", { kind: "consumer", parent, attributes });
      onWake({ tenantId, id });
      if (span) span.end();
    },
    { connection, prefix: queuePrefix, concurrency, stalledInterval: stalledCheckMs },
  );
  worker.on("error", (err) => logger.warn({ err }, "delivery queue"));
  // By force: nothing of a job has to be seen through, and while Redis is away there is no end to waiting for it.
  return () => worker.close(true);
}
