import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { listSources as list } from "../repositories/webhook-sources.ts";
import { presentSource, serviceName, sourceSchema } from "./source-schema.ts";

export function listSources(app: App, { config, db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-sources",
    config: { access: "webhook_sources:read" },
    schema: {
      tags: ["webhook sources"],
      summary: "List sources",
      description: "The tenant's webhook sources, newest first. Their secrets are never shown.",
      querystring: pageQuery.extend({
        service_name: serviceName.optional().describe("The one with this name"),
      }),
      response: { 200: pageOf(sourceSchema) },
    },
    handler: async (request) => {
      const { cursor, limit, service_name } = request.query;
      const after = afterCursor(cursor);
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) =>
        list(trx, { after, limit, serviceName: service_name }),
      );
      return toPage(rows, limit, (row) => presentSource(row, config.PUBLIC_URL));
    },
  });
}
