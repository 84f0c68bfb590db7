import type { Logger } from "@condo/http";
import { DelayedError, Worker, type ConnectionOptions } from "bullmq";
import type { Outcome } from "./deliver.ts";
import { queueName, queuePrefix, type DeliveryJob } from "./queue.ts";

/** A worker that stopped without a word gives its jobs up after this; the lease in Postgres still guards what it sends. */
const lockMs = 15_000;
const stalledCheckMs = 5_000;
const retryStepMs = 1_000;
const retryLimitMs = 30_000;
/** A job is lost to a stall as often as workers die: never for good. */
const maxStalled = 1_000;

/** Works on the queue's jobs, until the returned function is called, which sees those under way through. */
export function workOnDeliveries(
  connection: ConnectionOptions,
  concurrency: number,
  deliver: (job: DeliveryJob) => Promise<Outcome>,
  logger: Logger,
): () => Promise<void> {
  const worker = new Worker<DeliveryJob>(
    queueName,
    async (job, token) => {
      const outcome = await deliver(job.data).catch((err: unknown): Outcome => {
        // Postgres is away, most likely. What was sent and not recorded is sent again when its lease ends.
        logger.warn({ err, delivery_id: job.data.deliveryId }, "a delivery could not be worked on yet");
        const waitMs = Math.min(retryStepMs * job.attemptsStarted, retryLimitMs);
        return { kind: "wait", until: new Date(Date.now() + waitMs) };
      });
      if (outcome.kind === "done") return;
      await job.moveToDelayed(outcome.until.getTime(), token);
      throw new DelayedError();
    },
    {
      connection,
      prefix: queuePrefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: stalledCheckMs,
      maxStalledCount: maxStalled,
    },
  );
  worker.on("failed", (job, err) =>
    logger.warn({ err, delivery_id: job?.id }, "a delivery is left to the sweeper"),
  );
  worker.on("error", (err) => logger.warn({ err }, "delivery queue"));
  return () => worker.close();
}
