import type { Logger } from "@condo/http";
import type { NewDelivery } from "@condo/intake";
import { withPlatform, type Db } from "@condo/schema";
import { queuedForMs } from "./drain.ts";
import { pause } from "./pause.ts";
import { takeDueDeliveries } from "./repositories/due-deliveries.ts";

const intervalMs = 1_000;
const batchSize = 1_000;

/**
 * Queues deliveries that are due and have no job, until `signal` aborts: those that came in while Redis was away, and all
 * of them after Redis was emptied. Postgres is the record, the queue a schedule that can be made anew.
 */
export async function sweep(options: {
  db: Db;
  queue: (deliveries: readonly NewDelivery[]) => Promise<void>;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, queue, logger, signal } = options;
  while (!signal.aborted) {
    try {
      const due = await withPlatform(db, (trx) => takeDueDeliveries(trx, batchSize, queuedForMs));
      if (due.length > 0) {
        await queue(due);
        logger.info({ deliveries: due.length }, "queued deliveries that had no job");
      }
      if (due.length === batchSize) continue;
    } catch (err) {
      logger.warn({ err }, "sweep");
    }
    await pause(intervalMs, signal);
  }
}
