import type { Logger } from "@condo/http";
import { withPlatform, type Actor, type Db, type TenantDomain } from "@condo/schema";
import { provenTokens, settleDomain, type ResolveTxt } from "@condo/tenancy";
import { pause } from "./pause.ts";
import {
  claimDueDomains,
  domainIsMissing,
  domainIsProven,
  lockClaimedDomain,
} from "./repositories/domain-checks.ts";

/** Lookups that one worker has under way at once. */
const atOnce = 16;
const longestPauseMs = 60_000;
/** Of the time between checks: when it is asked again where DNS did not answer, and how often is looked for what is due. */
const part = 1 / 24;
/** Longer than DNS takes to say nothing. */
const shortestRetryMs = 30_000;
const actor: Actor = { type: "service", id: "worker", requestId: null, address: null };

export interface CheckDomainsOptions {
  db: Db;
  resolveTxt: ResolveTxt;
  /** From one check of a domain to the next, in milliseconds; a tenth more at most, so that checks stay spread. */
  everyMs: number;
  /** A domain lapses when so many checks in a row, */
  lapseChecks: number;
  /** over so many milliseconds, found no record. */
  lapseAfterMs: number;
  logger: Logger;
  signal: AbortSignal;
}

/** Looks verified domains up again as their time comes, until `signal` aborts. */
export async function checkDomains(options: CheckDomainsOptions): Promise<void> {
  const { everyMs, logger, signal } = options;
  const pauseMs = Math.min(longestPauseMs, everyMs * part);
  while (!signal.aborted) {
    try {
      while (!signal.aborted && (await checkDueDomains(options)) === atOnce);
    } catch (err) {
      logger.warn({ err }, "check domains");
    }
    await pause(pauseMs, signal);
  }
}

/**
 * Looks up the domains that have waited longest. Any number of workers may do so at once; what a worker that dies had in
 * hand is asked for again as after a failure of DNS.
 *
 * @returns how many there were
 */
export async function checkDueDomains(options: CheckDomainsOptions): Promise<number> {
  const retryMs = Math.max(shortestRetryMs, options.everyMs * part);
  const due = await withPlatform(options.db, (trx) => claimDueDomains(trx, atOnce, retryMs));
  await Promise.all(due.map((row) => check(options, row)));
  return due.length;
}

async function check(options: CheckDomainsOptions, row: TenantDomain): Promise<void> {
  const { db, everyMs, lapseAfterMs, lapseChecks, logger } = options;
  const where = { tenant_id: row.tenant_id, domain: row.domain };
  let proven;
  try {
    proven = await provenTokens(row.domain, options.resolveTxt);
  } catch (err) {
    logger.info({ err, ...where }, "DNS does not say whether a domain's record is there");
    return;
  }
  try {
    await withPlatform(db, async (trx) => {
      const claimed = await lockClaimedDomain(trx, row);
      if (!claimed) return;
      if (proven.has(row.token)) return domainIsProven(trx, row, everyMs);
      const { missing_checks: checks, missing_ms: forMs } = await domainIsMissing(trx, row, everyMs);
      if (checks < lapseChecks || forMs < lapseAfterMs) {
        logger.info({ ...where, checks }, "the record of a verified domain is missing");
        return;
      }
      await settleDomain(trx, claimed, "lapsed", actor, "the record is gone");
      logger.warn({ ...where, checks }, "a domain has lapsed: its record is gone");
    });
  } catch (err) {
    logger.warn({ err, ...where }, "what DNS said of a domain is not noted, and is asked again");
  }
}
