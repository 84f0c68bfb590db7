import type { Sealer } from "@condo/secrets";
import { newTenantToken, parseTenantToken, type TenantToken } from "./tenant-token.ts";

const prefix = "rt_";

export function newRefreshToken(tenantId: string): TenantToken {
  return newTenantToken(prefix, tenantId);
}

/**
 * The one token that may follow another. It is derived rather than drawn, so that two honest requests which race with
 * the same token get the same successor, though the first's answer was never stored.
 */
export function successorOf(current: TenantToken, sealer: Sealer): TenantToken {
  return newTenantToken(prefix, current.tenantId, sealer.digest(current.token, "refresh token successor"));
}

/** Reads a token that a caller sent; undefined when it can't be one. */
export function parseRefreshToken(token: string): TenantToken | undefined {
  return parseTenantToken(prefix, token);
}
