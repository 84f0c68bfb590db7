import { moment } from "@condo/http";
import { tenantStatuses } from "@condo/schema";
import { domainName, limitOverrides } from "@condo/tenancy";
import { z } from "zod";

export const tenantParams = z.object({
  tenant_id: z.uuid().toLowerCase().describe("Which tenant: its `id`"),
});

export const tenantName = z.string().trim().min(1).max(200);
export const tenantDomain = domainName
  .nullable()
  .describe("Its main domain, which stands for it once it is verified: see `/tenants/current/domains`");
export const trialEnd = moment.describe("When the trial ends: the tenant is suspended then");

/** What a tenant changes about itself. */
export const tenantChange = z.strictObject({
  name: tenantName.optional(),
  domain: tenantDomain.optional(),
});

/** What an operator changes about a tenant besides. */
export const operatorChange = tenantChange.extend({
  status: z
    .enum(["trial", "active", "suspended"])
    .optional()
    .describe("Of a closing tenant: `closing_from` calls the closing off. To close one, DELETE it"),
  status_reason: z.string().trim().min(1).max(500).optional().describe("With `status`: why"),
  plan: z.string().max(63).optional(),
  limit_overrides: limitOverrides.optional().describe("All of its own limits: those left out are the plan's"),
  trial_ends_at: trialEnd.optional().describe("Of a tenant on trial: another end"),
});

export const tenantFilter = z.object({
  search: z.string().trim().min(1).max(200).optional().describe("Part of its name, its slug or its domain"),
  status: z.enum(tenantStatuses).optional().describe("Those in this state"),
  plan: z.string().max(63).optional().describe("Those on this plan: its name"),
});
