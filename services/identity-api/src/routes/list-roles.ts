import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { listRoles as list } from "../repositories/roles.ts";
import { presentRole, roleSchema } from "./role-schema.ts";

export function listRoles(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/roles",
    config: { access: "roles:read" },
    schema: {
      tags: ["roles"],
      summary: "List the tenant's own roles, newest first",
      description:
        "Roles that the tenant made, with their permissions. The built-in ones are at `/permissions`.",
      querystring: pageQuery,
      response: { 200: pageOf(roleSchema) },
    },
    handler: async (request) => {
      const { cursor, limit } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) => list(trx, { after, limit }));
      return toPage(rows, limit, presentRole);
    },
  });
}
