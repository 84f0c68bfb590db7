import { coalesce, type Logger } from "@condo/http";
import { Queue, Worker, type ConnectionOptions } from "bullmq";
import type { DestinationReference } from "./destinations.ts";

const queueName = "deliveries";
/** A hash tag, so that all keys of the queue lie in one slot of a Redis Cluster. */
const queuePrefix = "{condo}";

/** What a job says: something of this destination is due. What, is in Postgres, which is the record. */
interface WakeJob {
  tenantId: string;
  destinationId: string;
}

export interface WakeQueue {
  /** Has some worker look at a destination in so many milliseconds, or a little later. */
  wakeIn(destination: DestinationReference, ms: number): void;
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
  const add = coalesce<string, true>(async (keys) => {
    const now = Date.now();
    await queue.addBulk(
      keys.map((key) => {
        const { destination, at } = parseKey(key);
        return {
          name: "wake",
          data: { tenantId: destination.tenantId, destinationId: destination.id },
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
    wakeIn(destination, ms) {
      const wake = { destination, at: wakeTime(Date.now(), ms) };
      // Without it the sweeper is what finds the delivery, a little later.
      add(keyOf(wake)).catch((err: unknown) => logger.debug({ err }, "a retry is left to the sweeper"));
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
  logger: Logger,
): () => Promise<void> {
  const worker = new Worker<WakeJob>(
    queueName,
    async (job) => onWake({ tenantId: job.data.tenantId, id: job.data.destinationId }),
    { connection, prefix: queuePrefix, concurrency, stalledInterval: stalledCheckMs },
  );
  worker.on("error", (err) => logger.warn({ err }, "delivery queue"));
  return () => worker.close();
}
