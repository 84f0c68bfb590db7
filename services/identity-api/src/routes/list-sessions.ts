import { afterCursor, identityOf, notFound, pageOf, pageQuery, toPage, userOf, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { listOpenSessions } from "../repositories/sessions.ts";
import { findUser } from "../repositories/users.ts";
import { presentSession, sessionSchema } from "./session-schema.ts";
import { userParams } from "./user-schema.ts";

export function listSessions(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/sessions",
    config: { access: "authenticated" },
    schema: {
      tags: ["sessions"],
      summary: "Where one is logged in, newest first",
      description: "One's own open sessions; the one that asks is marked.",
      querystring: pageQuery,
      response: { 200: pageOf(sessionSchema) },
    },
    handler: async (request) => {
      const { tenantId, userId, sessionId } = userOf(request);
      const { cursor, limit } = request.query;
      const after = afterCursor(cursor);
      const rows = await withTenant(db, tenantId, (trx) => listOpenSessions(trx, userId, { after, limit }));
      return toPage(rows, limit, (row) => presentSession(row, sessionId));
    },
  });
}

export function listUserSessions(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/users/:user_id/sessions",
    config: { access: "sessions:read" },
    schema: {
      tags: ["sessions"],
      summary: "Where a user is logged in, newest first",
      description: "A user's open sessions, for who administers users.",
      params: userParams,
      querystring: pageQuery,
      response: { 200: pageOf(sessionSchema) },
    },
    handler: async (request) => {
      const { tenantId, sessionId } = identityOf(request);
      const { cursor, limit } = request.query;
      const after = afterCursor(cursor);
      const rows = await withTenant(db, tenantId, async (trx) => {
        const user = await findUser(trx, request.params.user_id);
        if (!user) throw notFound("user");
        return listOpenSessions(trx, user.id, { after, limit });
      });
      return toPage(rows, limit, (row) => presentSession(row, sessionId));
    },
  });
}
