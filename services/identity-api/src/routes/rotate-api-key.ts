import { emit } from "@condo/events";
import { actorOf, newApiKey, notFound, permissionNames, userOf, type App } from "@condo/http";
import { audit, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertCovers } from "../authority.ts";
import type { Context } from "../context.ts";
import { overlapRefused } from "../errors.ts";
import { lockApiKey, updateApiKey } from "../repositories/api-keys.ts";
import { apiKeyParams, newApiKeySchema, presentApiKey } from "./api-key-schema.ts";

const daySeconds = 86_400;

const body = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(30 * daySeconds)
      .optional()
      .describe(
        "How long the key that is replaced stays good: a day by default, not at all for another's key",
      ),
  })
  .nullish();

const response = newApiKeySchema.extend({
  previous_expires_at: z.iso
    .datetime()
    .nullable()
    .describe("Until when the key that is replaced is good; null when it ended at once"),
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
        "Whoever rotates a key becomes its owner, and must have its permissions. Another's key ends at once: an overlap is refused with `overlap_refused`. A key that an earlier rotation left is refused from now on.",
      params: apiKeyParams,
      body,
      response: { 200: response },
    },
    handler: async (request, reply) => {
      const id = request.params.api_key_id;
      const asked = request.body?.overlap_seconds;
      const owner = userOf(request);
      const { tenantId, userId } = owner;
      const { row, key } = await withTenant(db, tenantId, async (trx) => {
        const before = await lockApiKey(trx, id);
        if (!before) throw notFound("API key");
        assertCovers(
          owner,
          permissionNames.filter((name) => before.permissions.includes(name)),
        );
        // Its copies would act with the authority of whoever rotates it, and its owner may have been shut out.
        const isOwn = before.owner_id === userId;
        if (asked && !isOwn) throw overlapRefused();
        const overlap_seconds = isOwn ? (asked ?? daySeconds) : 0;
        const made = newApiKey(before.prefix);
        const now = new Date();
        const overlapEnd = overlap_seconds > 0 ? new Date(now.getTime() + overlap_seconds * 1000) : null;
        const row = await updateApiKey(trx, id, {
          secret_hash: made.hash,
          previous_secret_hash: overlapEnd && before.secret_hash,
          previous_expires_at: overlapEnd,
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
      return reply.header("cache-control", "no-store").send({
        ...presentApiKey(row),
        key,
        previous_expires_at: row.previous_expires_at?.toISOString() ?? null,
      });
    },
  });
}
