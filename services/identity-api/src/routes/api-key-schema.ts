import type { ApiKey } from "@condo/schema";
import { z } from "zod";

export const apiKeyParams = z.object({ api_key_id: z.uuid().describe("Which API key: its `id`") });

export const apiKeySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().describe("How the key begins"),
    scopes: z.array(z.string()).describe("Permissions; the key has those that its owner has too"),
    owner_id: z.uuid(),
    created_at: z.iso.datetime(),
    rotated_at: z.iso.datetime().nullable(),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable().describe("To the minute"),
  })
  .meta({ id: "ApiKey" });

export const newApiKeySchema = apiKeySchema
  .extend({ key: z.string().describe("Shown this once") })
  .meta({ id: "NewApiKey" });

export function presentApiKey(key: ApiKey): z.output<typeof apiKeySchema> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: key.permissions,
    owner_id: key.owner_id,
    created_at: key.created_at.toISOString(),
    rotated_at: key.rotated_at?.toISOString() ?? null,
    expires_at: key.expires_at?.toISOString() ?? null,
    last_used_at: key.last_used_at?.toISOString() ?? null,
  };
}
