import { identityOf, notFound, type App } from "@condo/http";
import { rejectionSchema, sourceRejections } from "@condo/intake";
import { readTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { findSource } from "../repositories/webhook-sources.ts";
import { sourceParams } from "./path-parameters.ts";

export function listSourceRejections(app: App, { db, redis }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-sources/:source_id/rejections",
    config: { access: "webhook_sources:write" },
    schema: {
      tags: ["webhook sources"],
      summary: "Requests of a source that were rejected",
      description:
        "The last 50 within the hour, newest first; without credentials, and of the body its hash alone.",
      params: sourceParams,
      response: { 200: z.object({ items: z.array(rejectionSchema) }) },
    },
    handler: async (request) => {
      const source = await readTenant(db, identityOf(request).tenantId, (trx) =>
        findSource(trx, request.params.source_id),
      );
      if (!source) throw notFound("webhook source");
      return { items: await sourceRejections(redis, source.id) };
    },
  });
}
