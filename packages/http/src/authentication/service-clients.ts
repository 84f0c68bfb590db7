import { liveServiceClients, type Db, type LiveServiceClient } from "@condo/schema";
import { coalesce } from "../coalesce.ts";
import type { ServiceIdentity } from "../identity.ts";
import { permissionNames } from "../permissions.ts";
import { unauthenticated } from "../problem.ts";
import type { ServiceTokenClaims } from "./access-tokens.ts";

/** Tells which service a token is of, if it may still act for its tenant. One question serves all requests of a moment. */
export function createServiceCheck(db: Db): (claims: ServiceTokenClaims) => Promise<ServiceIdentity> {
  const find = coalesce<string, LiveServiceClient>(async (keys) => {
    const found = await liveServiceClients(db, keys.map(partsOf));
    return new Map(found.map((client) => [keyOf(client.name, client.tenant_id), client]));
  });

  return async (claims) => {
    const client = await find(keyOf(claims.sub.slice("service:".length), claims.tid));
    if (!client) throw unauthenticated("service_ended", "The service may not act for this tenant any more.");
    return {
      type: "service",
      serviceName: client.name,
      sessionId: null,
      userId: null,
      role: null,
      tenantId: client.tenant_id,
      tenantSlug: client.tenant_slug,
      permissions: new Set(permissionNames.filter((name) => client.permissions.includes(name))),
    };
  };
}

function keyOf(name: string, tenantId: string): string {
  return `${tenantId} ${name}`;
}

function partsOf(key: string): { name: string; tenantId: string } {
  const space = key.indexOf(" ");
  return { tenantId: key.slice(0, space), name: key.slice(space + 1) };
}
