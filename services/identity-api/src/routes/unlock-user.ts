import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertMayManage } from "../authority.ts";
import type { Context } from "../context.ts";
import { clearAttempts } from "../repositories/login-attempts.ts";
import { findUser } from "../repositories/users.ts";
import { userParams } from "./user-schema.ts";

export function unlockUser(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/users/:user_id/unlock",
    config: { access: "users:write" },
    schema: {
      tags: ["users"],
      summary: "Unlock a user",
      description:
        "Ends the lock that wrong passwords brought about, and forgets them. It would end by itself.",
      params: userParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const id = request.params.user_id;
      const actor = identityOf(request);
      const { tenantId } = actor;
      await withTenant(db, tenantId, async (trx) => {
        const user = await findUser(trx, id);
        if (!user) throw notFound("user");
        await assertMayManage(trx, actor, user);
        if (!(await clearAttempts(trx, { tenantId, email: user.email }))) return;
        await emit(trx, tenantId, "login.unlocked", { user_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "login.unlocked",
          subjectType: "user",
          subjectId: id,
        });
      });
      return reply.code(204).send(null);
    },
  });
}
