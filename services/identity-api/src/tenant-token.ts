import { createHash, randomBytes } from "node:crypto";

const tenantBytes = 16;
const secretBytes = 32;

/**
 * A token that is opaque to its holder, made of the tenant's id (which says where to look) and 32 secret bytes. Only
 * its hash is stored.
 */
export interface TenantToken {
  token: string;
  tenantId: string;
  hash: Buffer;
}

/**
 * @param prefix tells what the token is for
 * @param secret 32 bytes; random ones by default
 */
export function newTenantToken(
  prefix: string,
  tenantId: string,
  secret: Buffer = randomBytes(secretBytes),
): TenantToken {
  const bytes = Buffer.concat([Buffer.from(tenantId.replaceAll("-", ""), "hex"), secret]);
  const token = prefix + bytes.toString("base64url");
  return { token, tenantId, hash: createHash("sha256").update(token).digest() };
}

/** Reads a token that a caller sent; undefined when it can't be one. */
export function parseTenantToken(prefix: string, token: string): TenantToken | undefined {
  if (!token.startsWith(prefix)) return undefined;
  const bytes = Buffer.from(token.slice(prefix.length), "base64url");
  if (bytes.length !== tenantBytes + secretBytes) return undefined;
  const hex = bytes.toString("hex", 0, tenantBytes);
  const tenantId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  const parsed = newTenantToken(prefix, tenantId, bytes.subarray(tenantBytes));
  // Base64 can be written in several ways; a token in one alone.
  return parsed.token === token ? parsed : undefined;
}
