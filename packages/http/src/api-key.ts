import { createHash, randomBytes } from "node:crypto";

const shape = /^ck_[0-9a-f]{16}_[\w-]{43}$/;

export interface ApiKeyValue {
  /** The whole key, which its maker sees once. */
  key: string;
  /** What may be shown of it ever after. */
  prefix: string;
  /** What is stored of it. */
  hash: Buffer;
}

/** @param prefix of the key that the new one follows; a new one by default */
export function newApiKey(prefix = `ck_${randomBytes(8).toString("hex")}`): ApiKeyValue {
  const key = `${prefix}_${randomBytes(32).toString("base64url")}`;
  return { key, prefix, hash: hashOf(key) };
}

/** The hash of a key that a caller sent; undefined when it can't be one. */
export function hashOfApiKey(key: string): Buffer | undefined {
  return shape.test(key) ? hashOf(key) : undefined;
}

function hashOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
