import { pruneOutbox } from "@condo/events";
import type { Logger } from "@condo/http";
import { withPlatform, type Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { sql } from "kysely";
import { pause } from "./pause.ts";
import { countPoison } from "./repositories/webhook-poison.ts";
import { sealOptions } from "./seal-options.ts";

const intervalMs = 3_600_000;
/** Weeks for which events have partitions before they begin. */
const weeksAhead = 1;
/** The longest window that a source may have. */
const longestWindowMs = 30 * 86_400_000;
/** The longest that an event is kept. */
const longestRetentionMs = 365 * 86_400_000;

/**
 * Drops, once an hour, what nobody can ask for any more, makes room for what will come, and seals what a release before left
 * open, until `signal` aborts.
 */
export async function retain(options: {
  db: Db;
  sealer: Sealer;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, sealer, logger, signal } = options;
  while (!signal.aborted) {
    try {
      const events = await pruneOutbox(db);
      const receipts = await pruneReceipts(db);
      const aliases = await pruneAliases(db);
      const partitions = await turnPartitions(db, logger);
      logger.info({ events, receipts, aliases, partitions }, "pruned");
      const sealed = await sealOptions(db, sealer);
      if (sealed > 0) logger.info({ sealed }, "sealed options of sources");
      const poison = await countPoison(db);
      if (poison > 0) logger.warn({ poison }, "intake entries that could not be recorded are set aside");
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

async function pruneAliases(db: Db): Promise<number> {
  const oldest = new Date(Date.now() - longestRetentionMs);
  const result = await withPlatform(db, (trx) =>
    trx.deleteFrom("webhook_aliases").where("created_at", "<", oldest).executeTakeFirst(),
  );
  return Number(result.numDeletedRows);
}

/** Makes the partitions of the coming weeks, and drops those of which nothing is kept any longer. @returns how many */
export async function turnPartitions(db: Db, logger: Logger): Promise<{ made: number; dropped: number }> {
  const { rows } = await sql<{ made: number; dropped: number }>`
    select webhook_partitions_ensure(${weeksAhead}) as made, webhook_partitions_expire() as dropped
  `.execute(db);
  const turned = rows[0] ?? { made: 0, dropped: 0 };
  if (turned.made + turned.dropped > 0) logger.info(turned, "partitions of events");
  return turned;
}
