import { tenantStatuses, type Tenant } from "@condo/schema";
import { z } from "zod";
import { limitOverrides } from "./limits.ts";

export const tenantSchema = z
  .object({
    id: z.uuid(),
    slug: z.string(),
    name: z.string(),
    domain: z.string().nullable(),
    status: z.enum(tenantStatuses),
    status_reason: z.string().nullable().describe("Why it has this status, where somebody said so"),
    status_changed_at: z.iso.datetime(),
    plan: z.string(),
    limit_overrides: limitOverrides.describe("Its own limits, where they differ from the plan's"),
    trial_ends_at: z.iso.datetime().nullable(),
    erase_after: z.iso.datetime().nullable().describe("When everything of a closing tenant is erased"),
    closing_from: z
      .enum(["trial", "active", "suspended"])
      .nullable()
      .describe("The status that a closing tenant goes back to when that is called off"),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: "Tenant" });

export function presentTenant(tenant: Tenant): z.output<typeof tenantSchema> {
  return {
    id: tenant.id,
    slug: tenant.slug,
    name: tenant.name,
    domain: tenant.domain,
    status: tenant.status,
    status_reason: tenant.status_reason,
    status_changed_at: tenant.status_changed_at.toISOString(),
    plan: tenant.plan,
    limit_overrides: limitOverrides.catch({}).parse(tenant.limit_overrides),
    trial_ends_at: tenant.trial_ends_at?.toISOString() ?? null,
    erase_after: tenant.erase_after?.toISOString() ?? null,
    closing_from: tenant.closing_from,
    created_at: tenant.created_at.toISOString(),
    updated_at: tenant.updated_at.toISOString(),
  };
}
