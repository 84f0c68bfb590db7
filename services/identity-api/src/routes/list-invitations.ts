import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { listInvitations as list } from "../repositories/invitations.ts";
import { invitationSchema, presentInvitation } from "./invitation-schema.ts";

export function listInvitations(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/invitations",
    config: { access: "invitations:read" },
    schema: {
      tags: ["invitations"],
      summary: "Invitations, newest first",
      description:
        "Every invitation of the tenant and what became of it. Their tokens are mailed, and shown nowhere.",
      querystring: pageQuery,
      response: { 200: pageOf(invitationSchema) },
    },
    handler: async (request) => {
      const { tenantId } = identityOf(request);
      const { cursor, limit } = request.query;
      const after = afterCursor(cursor);
      const rows = await withTenant(db, tenantId, (trx) => list(trx, { after, limit }));
      return toPage(rows, limit, presentInvitation);
    },
  });
}
