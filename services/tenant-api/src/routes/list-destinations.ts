import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { listDestinations as list } from "../repositories/webhook-destinations.ts";
import { destinationSchema, presentDestination } from "./destination-schema.ts";

export function listDestinations(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-destinations",
    config: { access: "webhook_destinations:read" },
    schema: {
      tags: ["webhook destinations"],
      summary: "List destinations",
      description:
        "The tenant's webhook destinations, newest first. Their signing secrets are never shown again.",
      querystring: pageQuery,
      response: { 200: pageOf(destinationSchema) },
    },
    handler: async (request) => {
      const { cursor, limit } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) => list(trx, { after, limit }));
      return toPage(rows, limit, presentDestination);
    },
  });
}
