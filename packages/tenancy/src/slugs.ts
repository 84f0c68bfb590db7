import { z } from "zod";

/** Names below the base host that a tenant must not take. */
const reserved = new Set([
  "www",
  "api",
  "app",
  "admin",
  "auth",
  "docs",
  "status",
  "mail",
  "static",
  "condo",
  "platform",
]);

/** The slug of a new tenant. */
export const newSlug = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "should be lower-case letters, digits and hyphens, 63 at most",
  )
  .refine((value) => !reserved.has(value), "is reserved")
  .describe("Names the tenant in URLs: its subdomain");
