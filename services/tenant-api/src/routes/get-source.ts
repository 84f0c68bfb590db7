import { type App, identityOf, notFound, setETag } from "@condo/http";
import { sourceHealth } from "@condo/intake";
import { readTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { findSource } from "../repositories/webhook-sources.ts";
import { sourceParams } from "./path-parameters.ts";
import { presentSource, sourceSchema } from "./source-schema.ts";

const detailSchema = sourceSchema
  .extend({
    last_received_at: z.iso.datetime().nullable().describe("When it last sent something that was accepted"),
    last_rejected_at: z.iso.datetime().nullable(),
    last_rejected_reason: z.string().nullable(),
  })
  .meta({ id: "WebhookSourceDetail" });

export function getSource(app: App, { config, db, redis }: Context): void {
  app.route({
    method: "GET",
    url: "/webhook-sources/:source_id",
    config: { access: "webhook_sources:read", isConditional: true },
    schema: {
      tags: ["webhook sources"],
      summary: "A source",
      description: "What was last received and rejected is null too while Redis is away.",
      params: sourceParams,
      response: { 200: detailSchema },
    },
    handler: async (request, reply) => {
      const source = await readTenant(db, identityOf(request).tenantId, (trx) =>
        findSource(trx, request.params.source_id),
      );
      if (!source) throw notFound("webhook source");
      const health = await sourceHealth(redis, source.id).catch(() => null);
      const last = {
        last_received_at: health?.lastReceivedAt?.toISOString() ?? null,
        last_rejected_at: health?.lastRejectedAt?.toISOString() ?? null,
        last_rejected_reason: health?.lastRejectedReason ?? null,
      };
      setETag(reply, source, last);
      return { ...presentSource(source, config.PUBLIC_URL), ...last };
    },
  });
}
