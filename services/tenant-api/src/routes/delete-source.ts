import { emit } from "@condo/events";
import { actorOf, type App, assertUnchanged, identityOf, notFound } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { lockSource, updateSource } from "../repositories/webhook-sources.ts";
import { sourceParams } from "./path-parameters.ts";
import { presentSource } from "./source-schema.ts";

export function deleteSource(app: App, { config, db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/webhook-sources/:source_id",
    config: { access: "webhook_sources:write", isConditional: true },
    schema: {
      tags: ["webhook sources"],
      summary: "Delete a source",
      description: "Its events stay. Webhooks that still come are answered with 404.",
      params: sourceParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const id = request.params.source_id;
      const { tenantId } = identityOf(request);
      await withTenant(db, tenantId, async (trx) => {
        const before = await lockSource(trx, id);
        if (!before) throw notFound("webhook source");
        assertUnchanged(request, before);
        await updateSource(trx, id, { deleted_at: new Date() });
        await emit(trx, tenantId, "webhook_source.deleted", {
          source_id: id,
          service_name: before.service_name,
        });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_source.deleted",
          subjectType: "webhook_source",
          subjectId: id,
          before: presentSource(before, config.PUBLIC_URL),
        });
      });
      return reply.code(204).send(null);
    },
  });
}
