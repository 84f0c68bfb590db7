import { emit } from "@condo/events";
import { actorOf, identityOf, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import { lockManagedUser } from "../authority.ts";
import type { Context } from "../context.ts";
import { clearAttempts } from "../repositories/login-attempts.ts";
import { forgetAttempts } from "../repositories/second-factor-attempts.ts";
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
        "Ends the locks that wrong passwords and wrong codes brought about, and forgets them. They would end by themselves.",
      params: userParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const id = request.params.user_id;
      const actor = identityOf(request);
      const { tenantId } = actor;
      await withTenant(db, tenantId, async (trx) => {
        const user = await lockManagedUser(trx, actor, id);
        const unlocked = {
          passwords: await clearAttempts(trx, { tenantId, email: user.email }),
          codes: await forgetAttempts(trx, id),
        };
        const wrong = (["passwords", "codes"] as const).filter((which) => unlocked[which]);
        if (wrong.length === 0) return;
        await emit(trx, tenantId, "login.unlocked", { user_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "login.unlocked",
          subjectType: "user",
          subjectId: id,
          after: { was_locked_by_wrong: wrong },
        });
      });
      return reply.code(204).send(null);
    },
  });
}
