import type { OidcProvider } from "@condo/schema";
import { z } from "zod";

const domain = z.string().trim().toLowerCase().max(253).pipe(z.hostname());

export const oidcFields = {
  issuer: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .refine((value) => {
      const url = URL.parse(value);
      return url !== null && !url.username && !url.search && !url.hash;
    }, "should be an issuer: no user, query or fragment"),
  client_id: z.string().min(1).max(500),
  allowed_domains: z
    .array(domain)
    .min(1)
    .max(50)
    .describe("Only people with a verified address of these domains get in"),
  default_role: z.enum(["user", "readonly"]).describe("Of users who come for the first time"),
};

export const oidcSchema = z
  .object({
    ...oidcFields,
    issuer: z.string(),
    redirect_uri: z
      .string()
      .describe("What the provider has to know of this client; it is the tenant's alone"),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: "IdentityProvider" });

export function presentOidc(provider: OidcProvider, redirectUri: string): z.output<typeof oidcSchema> {
  return {
    issuer: provider.issuer,
    client_id: provider.client_id,
    allowed_domains: provider.allowed_domains,
    default_role: provider.default_role,
    redirect_uri: redirectUri,
    created_at: provider.created_at.toISOString(),
    updated_at: provider.updated_at.toISOString(),
  };
}
