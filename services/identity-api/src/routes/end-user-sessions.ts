import { identityOf, notFound, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { lockManagedUser } from "../authority.ts";
import type { Context } from "../context.ts";
import { endSessions } from "../end-sessions.ts";
import { endedSessions, sessionParams } from "./session-schema.ts";
import { userParams } from "./user-schema.ts";

export function endUserSession(app: App, context: Context): void {
  app.route({
    method: "DELETE",
    url: "/users/:user_id/sessions/:session_id",
    config: { access: "sessions:write" },
    schema: {
      tags: ["sessions"],
      summary: "End a session of a user",
      description:
        "Its tokens are refused by every service from the next request on. Only for users whom the caller may manage.",
      params: userParams.extend(sessionParams.shape),
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { user_id, session_id } = request.params;
      if ((await endAsAdmin(context, request, user_id, { only: session_id })) === 0)
        throw notFound("session");
      return reply.code(204).send(null);
    },
  });
}

export function endUserSessions(app: App, context: Context): void {
  app.route({
    method: "DELETE",
    url: "/users/:user_id/sessions",
    config: { access: "sessions:write" },
    schema: {
      tags: ["sessions"],
      summary: "End all sessions of a user",
      description:
        "Their tokens are refused by every service from the next request on. Only for users whom the caller may manage. Answers how many ended.",
      params: userParams,
      response: { 200: endedSessions },
    },
    handler: async (request) => ({ ended: await endAsAdmin(context, request, request.params.user_id) }),
  });
}

async function endAsAdmin(
  { db }: Context,
  request: FastifyRequest,
  userId: string,
  which: { only?: string } = {},
): Promise<number> {
  const actor = identityOf(request);
  const { tenantId } = actor;
  return withTenant(db, tenantId, async (trx) => {
    await lockManagedUser(trx, actor, userId);
    return endSessions(trx, request, { tenantId, userId }, "ended_by_admin", which);
  });
}
