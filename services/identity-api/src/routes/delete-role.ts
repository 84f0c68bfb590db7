import { emit } from "@condo/events";
import { actorOf, type App, assertUnchanged, identityOf, notFound, permissionsOf } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertCovers } from "../authority.ts";
import type { Context } from "../context.ts";
import { roleInUse } from "../errors.ts";
import { deleteRole as remove, lockRole } from "../repositories/roles.ts";
import { presentRole, roleParams } from "./role-schema.ts";

export function deleteRole(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/roles/:role_id",
    config: { access: "roles:write", isConditional: true },
    schema: {
      tags: ["roles"],
      summary: "Delete a role that no user has",
      description: "409 while a user has it. The caller has to have each of its permissions.",
      params: roleParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const id = request.params.role_id;
      const actor = identityOf(request);
      const { tenantId } = actor;
      await withTenant(db, tenantId, async (trx) => {
        const before = await lockRole(trx, id);
        if (!before) throw notFound("role");
        assertUnchanged(request, before);
        assertCovers(actor, permissionsOf("user", before.permissions));
        await remove(trx, id);
        await emit(trx, tenantId, "role.deleted", { role_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "role.deleted",
          subjectType: "role",
          subjectId: id,
          before: presentRole(before),
        });
      }).catch((error: { constraint?: unknown }) => {
        throw error.constraint === "users_role_id_fkey" ? roleInUse() : error;
      });
      return reply.code(204).send(null);
    },
  });
}
