import { emit } from "@condo/events";
import { newId, type PlatformTrx, type Tenant, type TenantTrx } from "@condo/schema";
import { auditBy, type By } from "./operator-audit.ts";
import { presentTenant } from "./present-tenant.ts";
import { noSuchPlan } from "./problems.ts";

export interface NewTenant {
  id: string;
  slug: string;
  name: string;
  domain?: string | null | undefined;
  plan?: string | undefined;
  /** Its trial's end; without one it is active at once. */
  trialEndsAt?: Date | null | undefined;
  /** Its first admin, who sets a password by way of a mail. */
  admin?: { email: string; first_name: string; last_name: string } | undefined;
}

/**
 * Makes a tenant as an operator does: with its first admin, where one is named, and a mail to them.
 *
 * @throws Problem 422 for an unknown plan; a violation of `tenants_slug_key` for a slug that is taken
 */
export async function createTenant(trx: TenantTrx | PlatformTrx, given: NewTenant, by: By): Promise<Tenant> {
  if (given.plan !== undefined) await assertPlan(trx, given.plan);
  const tenant = await trx
    .insertInto("tenants")
    .values({
      id: given.id,
      slug: given.slug,
      name: given.name,
      domain: given.domain ?? null,
      status: given.trialEndsAt ? "trial" : "active",
      trial_ends_at: given.trialEndsAt ?? null,
      ...(given.plan === undefined ? {} : { plan: given.plan }),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await emit(trx, tenant.id, "tenant.created", { slug: tenant.slug });
  await auditBy(trx, by, {
    tenantId: tenant.id,
    action: "tenant.created",
    subjectType: "tenant",
    subjectId: tenant.id,
    after: { ...presentTenant(tenant), ...(given.admin ? { admin_email: given.admin.email } : {}) },
  });
  if (given.admin) await createAdmin(trx, tenant.id, given.admin, by);
  return tenant;
}

export async function assertPlan(trx: TenantTrx | PlatformTrx, name: string): Promise<void> {
  const plan = await trx.selectFrom("plans").select("name").where("name", "=", name).executeTakeFirst();
  if (!plan) throw noSuchPlan();
}

async function createAdmin(
  trx: TenantTrx | PlatformTrx,
  tenantId: string,
  admin: NonNullable<NewTenant["admin"]>,
  { actor }: By,
): Promise<void> {
  const id = newId();
  await trx
    .insertInto("users")
    .values({ ...admin, id, tenant_id: tenantId, password_hash: null, role: "tenant_admin" })
    .execute();
  await emit(trx, tenantId, "user.created", { user_id: id, role: "tenant_admin" });
  await trx
    .insertInto("mails")
    .values({
      id: newId(),
      tenant_id: tenantId,
      kind: "password_reset",
      recipient: admin.email,
      subject_id: id,
      request_id: actor.requestId,
      address: null,
      last_error: null,
    })
    .execute();
}
