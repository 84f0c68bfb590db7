import { emit } from "@condo/events";
import { actorOf, identityOf, type App } from "@condo/http";
import { audit, newId, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertCovers } from "../authority.ts";
import type { Context } from "../context.ts";
import { roleNameConflictExplained } from "../errors.ts";
import { insertRole } from "../repositories/roles.ts";
import { presentRole, roleFields, roleSchema } from "./role-schema.ts";

const body = z.strictObject({ ...roleFields, description: roleFields.description.default("") });

export function createRole(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/roles",
    config: { access: "roles:write" },
    schema: {
      tags: ["roles"],
      summary: "Define a role",
      description: "It may have no permission that the caller lacks.",
      body,
      response: { 201: roleSchema },
    },
    handler: async (request, reply) => {
      const given = request.body;
      const actor = identityOf(request);
      const { tenantId } = actor;
      assertCovers(actor, given.permissions);
      const role = await withTenant(db, tenantId, async (trx) => {
        const role = await insertRole(trx, { ...given, id: newId(), tenant_id: tenantId });
        await emit(trx, tenantId, "role.created", { role_id: role.id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "role.created",
          subjectType: "role",
          subjectId: role.id,
          after: presentRole(role),
        });
        return role;
      }).catch(roleNameConflictExplained);
      return reply.code(201).send(presentRole(role));
    },
  });
}
