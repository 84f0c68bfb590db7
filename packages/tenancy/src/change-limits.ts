import { emit } from "@condo/events";
import { platformTenant, type PlatformTrx, type Tenant, type TenantTrx } from "@condo/schema";
import { sql } from "kysely";
import type { z } from "zod";
import { assertPlan } from "./create-tenant.ts";
import { lockTenant } from "./lifecycle.ts";
import type { limitOverrides } from "./limits.ts";
import { auditBy, type By } from "./operator-audit.ts";
import { presentTenant } from "./present-tenant.ts";
import { platformTenantStays } from "./problems.ts";

export interface LimitsChange {
  plan?: string | undefined;
  /** All of the tenant's own limits: those left out are the plan's again. */
  overrides?: z.output<typeof limitOverrides> | undefined;
}

/**
 * Gives a tenant another plan, or limits of its own. What it has beyond them it keeps; it gets no more.
 *
 * @returns undefined when there is no such tenant
 * @throws Problem 422 for an unknown plan
 */
export async function changeLimits(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  { plan, overrides }: LimitsChange,
  by: By,
): Promise<Tenant | undefined> {
  if (tenantId === platformTenant.id) throw platformTenantStays();
  const before = await lockTenant(trx, tenantId);
  if (!before) return undefined;
  if (plan !== undefined) await assertPlan(trx, plan);
  const after = await trx
    .updateTable("tenants")
    .set({
      ...(plan === undefined ? {} : { plan }),
      ...(overrides === undefined ? {} : { limit_overrides: JSON.stringify(overrides) }),
      updated_at: sql<Date>`now()`,
    })
    .where("id", "=", tenantId)
    .returningAll()
    .executeTakeFirstOrThrow();
  await emit(trx, tenantId, "tenant.limits_changed", { slug: after.slug, plan: after.plan });
  await auditBy(trx, by, {
    tenantId,
    action: "tenant.limits_changed",
    subjectType: "tenant",
    subjectId: tenantId,
    before: presentTenant(before),
    after: presentTenant(after),
  });
  return after;
}
