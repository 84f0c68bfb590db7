import { emit } from "@condo/events";
import { actorOf, userOf, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { endSession } from "../repositories/sessions.ts";

export function logout(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/auth/logout",
    config: { access: "authenticated" },
    schema: {
      tags: ["auth"],
      summary: "Log out",
      description: "Ends the session: its tokens are refused from the next request on, by every service.",
      response: { 200: z.object({ message: z.string() }) },
    },
    handler: async (request, reply) => {
      const { sessionId, tenantId, userId } = userOf(request);
      await withTenant(db, tenantId, async (trx) => {
        if (!(await endSession(trx, sessionId, "logout"))) return;
        await emit(trx, tenantId, "session.ended", {
          session_id: sessionId,
          user_id: userId,
          reason: "logout",
        });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "logout",
          subjectType: "session",
          subjectId: sessionId,
        });
      });
      return reply.header("cache-control", "no-store").send({ message: "Logged out" });
    },
  });
}
