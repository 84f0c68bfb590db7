import type { Tenant } from "@condo/schema";
import { z } from "zod";

export const tenantSchema = z.object({
  id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  domain: z.string().nullable(),
  status: z.enum(["trial", "active", "suspended", "closing", "closed"]),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export const tenantChange = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  domain: z.string().trim().toLowerCase().max(253).pipe(z.hostname()).nullable().optional(),
});

export function presentTenant(tenant: Tenant): z.output<typeof tenantSchema> {
  return {
    id: tenant.id,
    slug: tenant.slug,
    name: tenant.name,
    domain: tenant.domain,
    status: tenant.status,
    created_at: tenant.created_at.toISOString(),
    updated_at: tenant.updated_at.toISOString(),
  };
}
