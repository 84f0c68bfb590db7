import { emit } from "@condo/events";
import { actorOf, identityOf, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { assertRoom } from "@condo/tenancy";
import { lockManagedUser } from "../authority.ts";
import type { Context } from "../context.ts";
import { userConflictExplained } from "../errors.ts";
import { updateUser } from "../repositories/users.ts";
import { presentUser, userParams, userSchema } from "./user-schema.ts";

export function restoreUser(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/users/:user_id/restore",
    config: { access: "users:write" },
    schema: {
      tags: ["users"],
      summary: "Restore a deleted user",
      description: "As they were, role and password included. Sessions stay ended.",
      params: userParams,
      response: { 200: userSchema },
    },
    handler: async (request) => {
      const id = request.params.user_id;
      const actor = identityOf(request);
      const { tenantId } = actor;
      const user = await withTenant(db, tenantId, async (trx) => {
        const before = await lockManagedUser(trx, actor, id, { isDeleted: true });
        await assertRoom(trx, tenantId, "users");
        const after = await updateUser(trx, id, { deleted_at: null });
        await emit(trx, tenantId, "user.restored", { user_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "user.restored",
          subjectType: "user",
          subjectId: id,
          before: presentUser(before),
          after: presentUser(after),
        });
        return after;
      }).catch(userConflictExplained);
      return presentUser(user);
    },
  });
}
