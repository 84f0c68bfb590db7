import { emit } from "@condo/events";
import { actorOf, type App, assertUnchanged, identityOf } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertNotLastAdmin, lockManagedUser } from "../authority.ts";
import type { Context } from "../context.ts";
import { endSessions } from "../end-sessions.ts";
import { lockAdministration } from "../repositories/tenants.ts";
import { updateUser } from "../repositories/users.ts";
import { presentUser, userParams } from "./user-schema.ts";

export function deleteUser(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/users/:user_id",
    config: { access: "users:write", isConditional: true },
    schema: {
      tags: ["users"],
      summary: "Delete a user",
      description:
        "Ends the user's sessions and frees the e-mail address. The user can be restored, under the same id.",
      params: userParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const id = request.params.user_id;
      const actor = identityOf(request);
      const { tenantId } = actor;
      await withTenant(db, tenantId, async (trx) => {
        await lockAdministration(trx, tenantId);
        const before = await lockManagedUser(trx, actor, id);
        assertUnchanged(request, before);
        await assertNotLastAdmin(trx, before, { role: before.role, isActive: false });
        await updateUser(trx, id, { deleted_at: new Date() });
        await endSessions(trx, request, { tenantId, userId: id }, "user_deleted");
        await emit(trx, tenantId, "user.deleted", { user_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "user.deleted",
          subjectType: "user",
          subjectId: id,
          before: presentUser(before),
        });
      });
      return reply.code(204).send(null);
    },
  });
}
