import type { Logger } from "@condo/http";
import { pruneAuditLog, pruneIdempotencyKeys, withPlatform, type Db } from "@condo/schema";
import { pause } from "./pause.ts";

const intervalMs = 3_600_000;
const dayMs = 86_400_000;

/**
 * Removes, once an hour, audit rows past their retention and idempotency keys past their time, until `signal` aborts. A
 * tenant whose chain is broken keeps all of its rows, and the log says so.
 *
 * @param days how long an audit row is kept; 0 for ever
 */
export async function retainAudit(options: {
  db: Db;
  days: number;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, days, logger, signal } = options;
  while (!signal.aborted) {
    try {
      const keys = await withPlatform(db, pruneIdempotencyKeys);
      const rows = days === 0 ? 0 : await pruneAll(options, new Date(Date.now() - days * dayMs));
      logger.info({ audit_rows: rows, idempotency_keys: keys }, "pruned");
    } catch (err) {
      logger.warn({ err }, "retain audit");
    }
    await pause(intervalMs, signal);
  }
}

async function pruneAll(
  { db, logger, signal }: { db: Db; logger: Logger; signal: AbortSignal },
  before: Date,
): Promise<number> {
  const tenants = await withPlatform(db, (trx) => trx.selectFrom("tenants").select("id").execute());
  let total = 0;
  for (const { id } of tenants) {
    let hasMore = true;
    while (hasMore && !signal.aborted) {
      const { pruned, more, broken } = await withPlatform(db, (trx) => pruneAuditLog(trx, id, before));
      if (broken)
        logger.error({ tenant_id: id, ...broken }, "the audit chain is broken, so it is not pruned");
      total += pruned;
      hasMore = more;
    }
  }
  return total;
}
