import { emit } from "@condo/events";
import { actorOf, newApiKey, notFound, permissionNames, userOf, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertCovers } from "../authority.ts";
import type { Context } from "../context.ts";
import { lockApiKey, updateApiKey } from "../repositories/api-keys.ts";
import { apiKeyParams, newApiKeySchema, presentApiKey } from "./api-key-schema.ts";

const body = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(86_400)
    .describe("How long the key that is replaced stays good"),
});

export function rotateApiKey(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/api-keys/:api_key_id/rotate",
    config: { access: "api_keys:write" },
    schema: {
      tags: ["API keys"],
      summary: "Replace an API key by a new one with the same scopes",
      description:
        "Whoever rotates a key becomes its owner, and must have its permissions. A key that an earlier rotation left is refused from now on.",
      params: apiKeyParams,
      body: body.nullish(),
      response: { 200: newApiKeySchema },
    },
    handler: async (request, reply) => {
      const id = request.params.api_key_id;
      const { overlap_seconds } = request.body ?? body.parse({});
      const owner = userOf(request);
      const { tenantId, userId } = owner;
      const { row, key } = await withTenant(db, tenantId, async (trx) => {
        const before = await lockApiKey(trx, id);
        if (!before) throw notFound("API key");
        assertCovers(
          owner,
          permissionNames.filter((name) => before.permissions.includes(name)),
        );
        const made = newApiKey(before.prefix);
        const now = new Date();
        const row = await updateApiKey(trx, id, {
          secret_hash: made.hash,
          previous_secret_hash: before.secret_hash,
          previous_expires_at: new Date(now.getTime() + overlap_seconds * 1000),
          owner_id: userId,
          rotated_at: now,
        });
        await emit(trx, tenantId, "api_key.rotated", { api_key_id: id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "api_key.rotated",
          subjectType: "api_key",
          subjectId: id,
          before: presentApiKey(before),
          after: { ...presentApiKey(row), overlap_seconds },
        });
        return { row, key: made.key };
      });
      return reply.header("cache-control", "no-store").send({ ...presentApiKey(row), key });
    },
  });
}
