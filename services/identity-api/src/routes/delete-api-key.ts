import { emit } from "@condo/events";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";
import { lockApiKey, updateApiKey } from "../repositories/api-keys.ts";
import { apiKeyParams, presentApiKey } from "./api-key-schema.ts";

export function deleteApiKey(app: App, { db }: Context): void {
  app.route({
    method: "DELETE",
    url: "/api-keys/:api_key_id",
    config: { access: "api_keys:write" },
    schema: {
      tags: ["API keys"],
      summary: "Revoke an API key",
      description: "It is refused from the next request on, by every service.",
      params: apiKeyParams,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const id = request.params.api_key_id;
      const { tenantId } = identityOf(request);
      await withTenant(db, tenantId, async (trx) => {
        const before = await lockApiKey(trx, id);
        if (!before) throw notFound("API key");
        await updateApiKey(trx, id, { revoked_at: new Date() });
        await emit(trx, tenantId, "api_key.revoked", { api_key_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "api_key.revoked",
          subjectType: "api_key",
          subjectId: id,
          before: presentApiKey(before),
        });
      });
      return reply.code(204).send(null);
    },
  });
}
