import { createHash, randomBytes } from "node:crypto";
import type { Sealer } from "@condo/secrets";

const prefix = "rt_";
const tenantBytes = 16;
const secretBytes = 32;

/**
 * A refresh token: opaque to its holder, made of the tenant's id (which says where to look) and 32 secret bytes. Only
 * its hash is stored.
 */
export interface RefreshTokenValue {
  token: string;
  tenantId: string;
  hash: Buffer;
}

export function newRefreshToken(tenantId: string): RefreshTokenValue {
  return compose(tenantId, randomBytes(secretBytes));
}

/**
 * The one token that may follow another. It is derived rather than drawn, so that two honest requests which race with
 * the same token get the same successor, though the first's answer was never stored.
 */
export function successorOf(current: RefreshTokenValue, sealer: Sealer): RefreshTokenValue {
  return compose(current.tenantId, sealer.digest(current.token, "refresh token successor"));
}

/** Reads a token that a caller sent; undefined when it can't be one. */
export function parseRefreshToken(token: string): RefreshTokenValue | undefined {
  if (!token.startsWith(prefix)) return undefined;
  const bytes = Buffer.from(token.slice(prefix.length), "base64url");
  if (bytes.length !== tenantBytes + secretBytes) return undefined;
  const hex = bytes.toString("hex", 0, tenantBytes);
  const tenantId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return compose(tenantId, bytes.subarray(tenantBytes));
}

function compose(tenantId: string, secret: Buffer): RefreshTokenValue {
  const bytes = Buffer.concat([Buffer.from(tenantId.replaceAll("-", ""), "hex"), secret]);
  const token = prefix + bytes.toString("base64url");
  return { token, tenantId, hash: createHash("sha256").update(token).digest() };
}
