import {
  audit,
  inTenant,
  platformTenant,
  type AuditEntry,
  type PlatformTrx,
  type TenantTrx,
} from "@condo/schema";

/** Who changes a tenant: itself, or an operator, whose deeds the platform's own audit log tells of too. */
export interface By {
  actor: AuditEntry["actor"];
  isOperator: boolean;
}

/** Writes what was done to a tenant into its audit log, and an operator's deed into the platform's as well. */
export async function auditBy(
  trx: TenantTrx | PlatformTrx,
  { actor, isOperator }: By,
  entry: Omit<AuditEntry, "actor">,
): Promise<void> {
  if (!isOperator) return audit(trx, { ...entry, actor });
  // Where an operator sits is none of the tenant's business.
  await audit(trx, { ...entry, actor: { ...actor, address: null } });
  await inTenant(trx, entry.tenantId, platformTenant.id, (platform) =>
    audit(platform, { ...entry, tenantId: platformTenant.id, actor }),
  );
}
