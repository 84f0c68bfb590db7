import { emit } from "@condo/events";
import {
  actorOf,
  type App,
  assertUnchanged,
  identityOf,
  notFound,
  permissionsOf,
  setETag,
} from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertCovers } from "../authority.ts";
import type { Context } from "../context.ts";
import { roleNameConflictExplained } from "../errors.ts";
import { lockRole, updateRole as update } from "../repositories/roles.ts";
import { presentRole, roleFields, roleParams, roleSchema } from "./role-schema.ts";

const body = z.strictObject(roleFields).partial();

export function updateRole(app: App, { db }: Context): void {
  app.route({
    method: "PUT",
    url: "/roles/:role_id",
    config: { access: "roles:write", isConditional: true },
    schema: {
      tags: ["roles"],
      summary: "Change a role",
      description: "Users who have it may do more, or less, from their next request on.",
      params: roleParams,
      body,
      response: { 200: roleSchema },
    },
    handler: async (request, reply) => {
      const given = request.body;
      const id = request.params.role_id;
      const actor = identityOf(request);
      const { tenantId } = actor;
      const role = await withTenant(db, tenantId, async (trx) => {
        const before = await lockRole(trx, id);
        if (!before) throw notFound("role");
        assertUnchanged(request, before);
        assertCovers(actor, permissionsOf("user", before.permissions));
        assertCovers(actor, given.permissions ?? []);
        const after = await update(trx, id, given);
        await emit(trx, tenantId, "role.updated", { role_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "role.updated",
          subjectType: "role",
          subjectId: id,
          before: presentRole(before),
          after: presentRole(after),
        });
        return after;
      }).catch(roleNameConflictExplained);
      setETag(reply, role);
      return presentRole(role);
    },
  });
}
