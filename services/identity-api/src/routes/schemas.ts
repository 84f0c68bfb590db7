import { roles } from "@condo/schema";
import { z } from "zod";

/** An e-mail address as it is stored: trimmed, lower case. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .pipe(z.email())
  .meta({ examples: ["ada@acme.example"] });

export const tenantSlug = z
  .string()
  .trim()
  .toLowerCase()
  .max(63)
  .nullish()
  .describe("Which tenant is meant, where several know the address")
  .meta({ examples: ["acme"] });

/** Length alone decides (NIST 800-63B-4): no character classes, no truncation. */
export const newPassword = z
  .string()
  .min(8, "should have 8 characters at least")
  .max(512)
  .refine((value) => value.isWellFormed(), "has characters that are not Unicode")
  .refine((value) => lengthOf(value) >= 8, "should have 8 characters at least")
  .refine((value) => lengthOf(value) <= 256, "should have 256 characters at most")
  .describe(
    "8 to 256 characters of any kind; not one of the most used, nor the name of the tenant or the user",
  )
  .meta({ examples: ["a long sentence that nobody else says"] });

/** In characters, as a person counts them. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

export const mailToken = z.string().max(256).describe("From the mail");

export const personName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "has characters that can't be shown");

export const userInfo = z
  .object({
    id: z.uuid(),
    email: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    role: z.enum(roles),
    tenant_id: z.uuid(),
    tenant_slug: z.string(),
  })
  .meta({ id: "UserInfo" });

export const tokens = z
  .object({
    access_token: z.string(),
    token_type: z.literal("bearer"),
    expires_in: z.int().describe("Seconds until the access token expires"),
    refresh_token: z.string(),
  })
  .meta({ id: "Tokens" });
