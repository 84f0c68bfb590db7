import { pruneOutbox } from "@condo/events";
import type { Logger } from "@condo/http";
import { withPlatform, type Db } from "@condo/schema";
import { pause } from "./pause.ts";

const intervalMs = 3_600_000;
/** The longest window that a source may have. */
const longestWindowMs = 30 * 86_400_000;

/** Deletes, once an hour, what nobody can ask for any more, until `signal` aborts. */
export async function retain(options: { db: Db; logger: Logger; signal: AbortSignal }): Promise<void> {
  const { db, logger, signal } = options;
  while (!signal.aborted) {
    try {
      const events = await pruneOutbox(db);
      const receipts = await pruneReceipts(db);
      logger.info({ events, receipts }, "pruned");
    } catch (err) {
      logger.warn({ err }, "retain");
    }
    await pause(intervalMs, signal);
  }
}

async function pruneReceipts(db: Db): Promise<number> {
  const oldest = new Date(Date.now() - longestWindowMs);
  const result = await withPlatform(db, (trx) =>
    trx.deleteFrom("webhook_receipts").where("received_at", "<", oldest).executeTakeFirst(),
  );
  return Number(result.numDeletedRows);
}
