import { identityOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { listDomains as list } from "../repositories/tenant-domains.ts";
import { domainSchema, presentDomain } from "./domain-schema.ts";

export function listDomains(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/tenants/current/domains",
    config: { access: "tenant:read" },
    schema: {
      tags: ["tenants"],
      summary: "List the tenant's own domains",
      description:
        "Every domain with its state and the DNS record that proves it. They are few: all are in one answer.",
      response: { 200: z.object({ items: z.array(domainSchema) }) },
    },
    handler: async (request) => {
      const rows = await withTenant(db, identityOf(request).tenantId, list);
      return { items: rows.map(presentDomain) };
    },
  });
}
