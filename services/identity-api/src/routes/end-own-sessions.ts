import { notFound, userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { endSessions } from "../end-sessions.ts";
import { endedSessions, sessionParams } from "./session-schema.ts";

export function endOwnSession(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/sessions/:session_id",
    config: { access: "authenticated" },
    schema: {
      tags: ["sessions"],
      summary: "End one of one's sessions",
      description:
        "Its tokens are refused by every service from the next request on. It may be the one that asks.",
      params: sessionParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { tenantId, userId } = userOf(request);
      const which = { only: request.params.session_id };
      const ended = await withTenant(db, tenantId, (trx) =>
        endSessions(trx, request, { tenantId, userId }, "ended_by_user", which),
      );
      if (ended === 0) throw notFound("session");
      return reply.code(204).send(null);
    },
  });
}

export function endOtherSessions(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/sessions",
    config: { access: "authenticated" },
    schema: {
      tags: ["sessions"],
      summary: "End all of one's sessions but this one",
      description:
        "Their tokens are refused by every service from the next request on. Answers how many ended.",
      response: { 200: endedSessions },
    },
    handler: async (request) => {
      const { tenantId, userId, sessionId } = userOf(request);
      const ended = await withTenant(db, tenantId, (trx) =>
        endSessions(trx, request, { tenantId, userId }, "ended_by_user", { except: sessionId }),
      );
      return { ended };
    },
  });
}
