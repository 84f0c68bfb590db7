import { identityOf, notFound, type App } from "@condo/http";
import { withTenant, type Db } from "@condo/schema";
import { limitsSchema, readUsage } from "@condo/tenancy";
import { z } from "zod";
import type { Context } from "../context.ts";
import { sideOf } from "../operator.ts";
import { findTenant } from "../repositories/tenants.ts";
import { tenantParams } from "./tenant-schema.ts";

const { shape } = limitsSchema;
const used = z.int();

const usageSchema = z.object({
  plan: z.string(),
  quotas: z.object({
    users: z.object({ limit: shape.users, used }),
    sources: z.object({ limit: shape.sources, used }),
    destinations: z.object({ limit: shape.destinations, used }),
    events_per_month: z.object({
      limit: shape.events_per_month,
      used,
      resets_at: z.iso.datetime().describe("The first moment of the next month (UTC)"),
    }),
    payload_bytes: z.object({ limit: shape.payload_bytes }),
    event_retention_days: z.object({ limit: shape.event_retention_days }),
  }),
  features: limitsSchema.pick({ custom_domain: true, oidc: true, transforms: true }),
});

export function getUsage(app: App, { cache, db }: Context): void {
  const usageOf = (tenantId: string) => cache.get(tenantId, "usage", usageSchema, () => read(db, tenantId));

  app.route({
    method: "GET",
    url: "/tenants/current/usage",
    config: { access: "tenant:read" },
    schema: {
      operationId: "getCurrentTenantUsage",
      tags: ["tenants"],
      summary: "What the caller's tenant may have, and has",
      description:
        "Each quota of the plan beside what is used of it, and the plan's features. Counted at most once a second.",
      response: { 200: usageSchema },
    },
    handler: (request) => usageOf(identityOf(request).tenantId),
  });
  app.route({
    method: "GET",
    url: "/tenants/:tenant_id/usage",
    config: { access: "tenant:read" },
    schema: {
      operationId: "getTenantUsage",
      tags: ["tenants"],
      summary: "What a tenant may have, and has",
      description:
        "The caller's own, or for operators any: each quota of the plan beside what is used of it, and the plan's features.",
      params: tenantParams,
      response: { 200: usageSchema },
    },
    handler: async (request) => {
      sideOf(request, request.params.tenant_id, "tenants:read");
      return usageOf(request.params.tenant_id);
    },
  });
}

async function read(db: Db, tenantId: string): Promise<z.output<typeof usageSchema>> {
  const [tenant, usage] = await withTenant(db, tenantId, (trx) =>
    Promise.all([findTenant(trx, tenantId), readUsage(trx, tenantId, new Date())]),
  );
  if (!tenant) throw notFound("tenant");
  const { limits, month } = usage;
  return {
    plan: tenant.plan,
    quotas: {
      users: { limit: limits.users, used: usage.users },
      sources: { limit: limits.sources, used: usage.sources },
      destinations: { limit: limits.destinations, used: usage.destinations },
      events_per_month: {
        limit: limits.events_per_month,
        used: usage.events,
        resets_at: month.ends.toISOString(),
      },
      payload_bytes: { limit: limits.payload_bytes },
      event_retention_days: { limit: limits.event_retention_days },
    },
    features: { custom_domain: limits.custom_domain, oidc: limits.oidc, transforms: limits.transforms },
  };
}
