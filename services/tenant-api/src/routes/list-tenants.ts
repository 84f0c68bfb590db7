import { afterCursor, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { presentTenant, tenantSchema } from "@condo/tenancy";
import type { Context } from "../context.ts";
import { operatorOf } from "../operator.ts";
import { listTenants as list } from "../repositories/tenants.ts";
import { tenantFilter } from "./tenant-schema.ts";

export function listTenants(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/tenants",
    config: { access: "tenants:read" },
    schema: {
      tags: ["tenants"],
      summary: "List the platform's tenants, newest first",
      description: "For operators, who are users of the tenant `platform`.",
      querystring: pageQuery.extend(tenantFilter.shape),
      response: { 200: pageOf(tenantSchema) },
    },
    handler: async (request) => {
      operatorOf(request, "tenants:read");
      const { cursor, limit, search, status, plan } = request.query;
      const after = afterCursor(cursor);
      const rows = await list(db, { search, status, plan, after, limit: limit + 1 });
      return toPage(rows, limit, presentTenant);
    },
  });
}
