import { identityOf, notFound, type App } from "@condo/http";
import { withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { findSource } from "../repositories/webhook-sources.ts";
import { presentSource, sourceSchema } from "./source-schema.ts";

export function getSource(app: App, { config, db }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-sources/:source_id",
    config: { access: "webhook_sources:read" },
    schema: {
      tags: ["webhook sources"],
      summary: "A source",
      params: z.object({ source_id: z.uuid() }),
      response: { 200: sourceSchema },
    },
    handler: async (request) => {
      const source = await withTenant(db, identityOf(request).tenantId, (trx) =>
        findSource(trx, request.params.source_id),
      );
      if (!source) throw notFound("webhook source");
      return presentSource(source, config.PUBLIC_URL);
    },
  });
}
