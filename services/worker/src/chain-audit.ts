import type { Logger } from "@condo/http";
import { chainAuditRows, tenantsToChain, withPlatform, type Db } from "@condo/schema";
import { pause } from "./pause.ts";

const intervalMs = 1_000;

/** Gives audit rows their links, tenant by tenant, until `signal` aborts. Any number of workers may do so at once. */
export async function chainAudit(options: { db: Db; logger: Logger; signal: AbortSignal }): Promise<void> {
  const { db, logger, signal } = options;
  while (!signal.aborted) {
    try {
      if (await chainOnce(db, signal)) continue;
    } catch (err) {
      logger.warn({ err }, "chain audit");
    }
    await pause(intervalMs, signal);
  }
}

/** @returns whether there may be more at once */
async function chainOnce(db: Db, signal: AbortSignal): Promise<boolean> {
  let hasMore = false;
  for (const tenantId of await withPlatform(db, tenantsToChain)) {
    if (signal.aborted) return false;
    const { more } = await withPlatform(db, (trx) => chainAuditRows(trx, tenantId));
    hasMore ||= more;
  }
  return hasMore;
}
