import { type App, identityOf, notFound, setETag } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { findRole } from "../repositories/roles.ts";
import { presentRole, roleParams, roleSchema } from "./role-schema.ts";

export function getRole(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/roles/:role_id",
    config: { access: "roles:read", isConditional: true },
    schema: {
      tags: ["roles"],
      summary: "A role",
      description:
        "One role that the tenant made, with its permissions. Its ETag makes a change of it conditional.",
      params: roleParams,
      response: { 200: roleSchema },
    },
    handler: async (request, reply) => {
      const role = await readTenant(db, identityOf(request).tenantId, (trx) =>
        findRole(trx, request.params.role_id),
      );
      if (!role) throw notFound("role");
      setETag(reply, role);
      return presentRole(role);
    },
  });
}
