import { emit } from "@condo/events";
import { actorOf, invalid, moment, newApiKey, permissionNames, userOf, type App } from "@condo/http";
import { audit, newId, withTenant } from "@condo/schema";
import { z } from "zod";
import { assertCovers } from "../authority.ts";
import type { Context } from "../context.ts";
import { insertApiKey } from "../repositories/api-keys.ts";
import { newApiKeySchema, presentApiKey } from "./api-key-schema.ts";

const body = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z
    .array(z.enum(permissionNames))
    .min(1)
    .max(permissionNames.length)
    .transform((names) => [...new Set(names)]),
  expires_at: moment.nullish().describe("Never, when it is left out"),
});

export function createApiKey(app: App, { db }: Context): void {
  app.route({
    method: "POST",
    url: "/api-keys",
    config: { access: "api_keys:write" },
    schema: {
      tags: ["API keys"],
      summary: "Make an API key",
      description:
        "Send it as `Authorization: Bearer ck_…` or `X-API-Key`, to any service. Whoever makes a key owns it: it may what its scopes say and its owner still may, and ends with its owner's account. Only people make keys.",
      body,
      response: { 201: newApiKeySchema },
    },
    handler: async (request, reply) => {
      const { name, scopes, expires_at } = request.body;
      const owner = userOf(request);
      const { tenantId, userId } = owner;
      assertCovers(owner, scopes);
      const expiresAt = expires_at ? new Date(expires_at) : null;
      if (expiresAt && expiresAt.getTime() <= Date.now()) throw invalid("body.expires_at", "is in the past");
      const made = newApiKey();
      const row = await withTenant(db, tenantId, async (trx) => {
        const row = await insertApiKey(trx, {
          id: newId(),
          tenant_id: tenantId,
          name,
          prefix: made.prefix,
          secret_hash: made.hash,
          permissions: scopes,
          owner_id: userId,
          expires_at: expiresAt,
        });
        await emit(trx, tenantId, "api_key.created", { api_key_id: row.id });
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "api_key.created",
          subjectType: "api_key",
          subjectId: row.id,
          after: presentApiKey(row),
        });
        return row;
      });
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ ...presentApiKey(row), key: made.key });
    },
  });
}
