import type { Logger } from "@condo/http";
import { withPlatform, type Db } from "@condo/schema";
import type { DestinationReference } from "./delivery/destinations.ts";
import { pause } from "./pause.ts";
import { findWaitingDestinations } from "./repositories/due-deliveries.ts";

const intervalMs = 500;
const batchSize = 500;
const nobody = "00000000-0000-0000-0000-000000000000";

/**
 * Finds destinations with deliveries that are due and that nobody is sending, until `signal` aborts: what was left in
 * Postgres, what a dead worker held, what came in while Redis was away, and everything after Redis was emptied. Postgres is
 * the record; nothing else has to remember that a delivery is there.
 */
export async function sweep(options: {
  db: Db;
  wake: (destination: DestinationReference) => void;
  /** What else is looked at as often. */
  alongside: () => Promise<unknown>;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, wake, logger, signal } = options;
  while (!signal.aborted) {
    try {
      await options.alongside();
      let after = { tenant_id: nobody, destination_id: nobody };
      for (;;) {
        const from = after;
        const found = await withPlatform(db, (trx) => findWaitingDestinations(trx, from, batchSize));
        for (const { tenant_id: tenantId, destination_id: id, is_due: isDue } of found) {
          if (isDue) wake({ tenantId, id });
        }
        const last = found.at(-1);
        if (!last || found.length < batchSize || signal.aborted) break;
        after = last;
      }
    } catch (err) {
      logger.warn({ err }, "sweep");
    }
    await pause(intervalMs, signal);
  }
}
