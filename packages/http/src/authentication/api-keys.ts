import { liveApiKeys, touchApiKeys, type Db, type LiveApiKey } from "@condo/schema";
import type { FastifyBaseLogger } from "fastify";
import { hashOfApiKey } from "../api-key.ts";
import { coalesce } from "../coalesce.ts";
import type { KeyIdentity } from "../identity.ts";
import { permissionsOf } from "../permissions.ts";
import { unauthenticated } from "../problem.ts";

/** Tells whose an API key is. One question to Postgres serves all requests of a moment. */
export function createApiKeyCheck(db: Db): (key: string, log: FastifyBaseLogger) => Promise<KeyIdentity> {
  const find = coalesce<string, LiveApiKey>(async (hashes) => {
    const found = await liveApiKeys(
      db,
      hashes.map((hash) => Buffer.from(hash, "hex")),
    );
    return new Map(found.map((key) => [key.secret_hash.toString("hex"), key]));
  });
  const touch = coalesce<string, never>(async (ids) => {
    await touchApiKeys(db, ids);
    return new Map<string, never>();
  });

  return async (key, log) => {
    const hash = hashOfApiKey(key);
    const live = hash && (await find(hash.toString("hex")));
    if (!live) throw unauthenticated("invalid_api_key", "The API key is not valid, or not any more.");
    if (live.is_touch_due) {
      // When it was last used is told, not decided on: the request does not wait for it.
      touch(live.key_id).catch((err: unknown) => log.warn({ err }, "an API key's use was not noted"));
    }
    const ofOwner = permissionsOf(live.role, live.custom_permissions);
    return {
      type: "key",
      sessionId: null,
      keyId: live.key_id,
      keyName: live.key_name,
      tenantId: live.tenant_id,
      tenantSlug: live.tenant_slug,
      userId: live.owner_id,
      role: live.role,
      permissions: new Set([...ofOwner].filter((permission) => live.permissions.includes(permission))),
    };
  };
}
