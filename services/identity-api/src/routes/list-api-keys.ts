import { afterCursor, identityOf, pageOf, pageQuery, toPage, type App } from "@condo/http";
import { readTenant } from "@condo/schema";
import type { Context } from "../context.ts";
import { listApiKeys as list } from "../repositories/api-keys.ts";
import { apiKeySchema, presentApiKey } from "./api-key-schema.ts";

export function listApiKeys(app: App, { db }: Context): void {
  app.route({
    method: "GET",
    url: "/api-keys",
    config: { access: "api_keys:read" },
    schema: {
      tags: ["API keys"],
      summary: "List API keys, newest first",
      description:
        "The tenant's keys with owner, scopes and last use. The keys themselves are shown once, when they are made.",
      querystring: pageQuery,
      response: { 200: pageOf(apiKeySchema) },
    },
    handler: async (request) => {
      const { cursor, limit } = request.query;
      const page = { after: afterCursor(cursor), limit };
      const rows = await readTenant(db, identityOf(request).tenantId, (trx) => list(trx, page));
      return toPage(rows, limit, presentApiKey);
    },
  });
}
