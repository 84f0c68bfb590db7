import { emit } from "@condo/events";
import {
  audit,
  type Actor,
  type DomainStatus,
  type PlatformTrx,
  type TenantDomain,
  type TenantTrx,
} from "@condo/schema";
import { sql } from "kysely";

/**
 * Notes what DNS said of a domain just now, and what the domain is from now on; where that is something else, an event
 * and the tenant's audit log tell of it.
 *
 * @param before its row, which the transaction has locked
 * @param reason why, where it is not what the tenant asked for
 */
export async function settleDomain(
  trx: TenantTrx | PlatformTrx,
  before: TenantDomain,
  status: DomainStatus,
  actor: Actor,
  reason?: string,
): Promise<TenantDomain> {
  const { tenant_id: tenantId, domain } = before;
  const after = await trx
    .updateTable("tenant_domains")
    .set({
      status,
      checked_at: sql<Date>`now()`,
      missing_checks: 0,
      missing_since: null,
      ...(status === "verified"
        ? { verified_at: sql<Date>`now()`, next_check_at: sql<Date>`now() + interval '1 hour'` }
        : {}),
    })
    .where("tenant_id", "=", tenantId)
    .where("domain", "=", domain)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (after.status === before.status) return after;
  await emit(trx, tenantId, "tenant.domain_changed", { domain, status });
  await audit(trx, {
    tenantId,
    actor,
    action: `tenant_domain.${status}`,
    subjectType: "tenant_domain",
    subjectId: domain,
    before: { status: before.status },
    after: { status, ...(reason === undefined ? {} : { reason }) },
  });
  return after;
}
