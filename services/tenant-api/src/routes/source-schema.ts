import { invalid, Problem } from "@condo/http";
import { platformTenant, type WebhookSource } from "@condo/schema";
import { isProviderName, providerNames, validateSource, type ProviderName } from "@condo/webhooks";
import { z } from "zod";
import { shownOptions } from "../source-options.ts";

export const serviceName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    "should be lower-case letters, digits, hyphens and underscores, 63 at most",
  )
  .describe("Names the source in its URL: /api/v1/webhooks/{service_name}")
  .meta({ examples: ["stripe"] });

export const provider = z.enum(providerNames).describe("How the sender signs");
export const secret = z.string().min(1).max(8192).describe("What the sender signs with; never shown again");
export const sourceConfig = z
  .record(z.string().max(64), z.unknown())
  .describe(
    "Options of the provider. What is secret among them (Meta's `verify_token`) is kept sealed and never shown; it stays " +
      "when it is left out of a change, and null takes it away.",
  );
export const dedupeWindow = z
  .int()
  .min(60)
  .max(2_592_000)
  .describe("How long a duplicate is recognised, in seconds");

export const tenantPointer = z
  .string()
  .max(256)
  .regex(/^(\/[^/]*){1,16}$/, "should be a JSON pointer, such as /tenant_id")
  .describe(
    "Of a source of the platform's own tenant alone: where in the payload an event says whose it is, by id, slug or " +
      "domain. It is stored under the source of the same service_name that this tenant has.",
  );

export const sourceSchema = z
  .object({
    id: z.uuid(),
    service_name: z.string(),
    provider: z.string(),
    config: z.record(z.string(), z.unknown()),
    dedupe_window_seconds: z.int(),
    is_active: z.boolean(),
    url: z.string().describe("Where the sender posts to, with X-Tenant-ID or at the tenant's subdomain"),
    source_url: z
      .string()
      .describe("A URL that names the tenant by itself, for senders that can set no header"),
    tenant_pointer: z.string().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: "WebhookSource" });

export function presentSource(source: WebhookSource, publicUrl: string): z.output<typeof sourceSchema> {
  return {
    id: source.id,
    service_name: source.service_name,
    provider: source.provider,
    config: shownOptions(source.provider, source.config),
    dedupe_window_seconds: source.dedupe_window_seconds,
    is_active: source.is_active,
    url: `${publicUrl}/api/v1/webhooks/${source.service_name}`,
    source_url: sourceUrl(source, publicUrl),
    tenant_pointer: source.tenant_pointer,
    created_at: source.created_at.toISOString(),
    updated_at: source.updated_at.toISOString(),
  };
}

export function sourceUrl(source: WebhookSource, publicUrl: string): string {
  return `${publicUrl}/api/v1/webhooks/${source.service_name}/${source.source_key}`;
}

/** @throws Problem for a tenant other than the platform's own: it can't take what others are sent */
export function assertMayPoint(tenantId: string, pointer: string | null | undefined): void {
  if (pointer && tenantId !== platformTenant.id) {
    throw invalid("body.tenant_pointer", "is for sources of the platform's own tenant alone");
  }
}

/** @throws Problem that says which secret or option can't be used with the provider */
export function assertUsable(
  name: string,
  secrets: readonly string[],
  config: unknown,
): asserts name is ProviderName {
  if (!isProviderName(name)) throw new Error(`A stored source has the provider ${name}`);
  const issues = validateSource(name, secrets, config);
  if (issues.length === 0) return;
  throw new Problem(422, "validation_failed", `This can't be used with the provider ${name}.`, {
    errors: issues.map(({ path, message }) => ({
      path: path[0] === "secrets" ? "body.secret" : `body.${path.join(".")}`,
      message,
    })),
  });
}
