import { randomBytes } from "node:crypto";
import { type ApiClient, createApiClient } from "@condo/local/api-client";

/** A tenant as a caller of the API has it. */
export interface BenchTenant {
  slug: string;
  email: string;
  password: string;
  accessToken: string;
  api: ApiClient;
}

/** Registers a tenant and logs its admin in. */
export async function registerTenant(origin: string): Promise<BenchTenant> {
  const slug = `bench-${randomBytes(5).toString("hex")}`;
  const email = `admin@${slug}.example`;
  const password = `correct horse ${randomBytes(6).toString("hex")}`;
  const anonymous = createApiClient(origin);
  await anonymous.call("POST", "/auth/register", {
    name: slug,
    slug,
    admin_email: email,
    admin_password: password,
    admin_first_name: "Ada",
    admin_last_name: "Lovelace",
  });
  const { body } = await anonymous.call<{ access_token: string }>("POST", "/auth/login", {
    email,
    password,
    tenant_slug: slug,
  });
  return {
    slug,
    email,
    password,
    accessToken: body.access_token,
    api: createApiClient(origin, body.access_token),
  };
}

/** Makes a source that takes Standard Webhooks, and answers their secret; a new one by default. */
export async function createSource(
  tenant: BenchTenant,
  serviceName: string,
  secret = `whsec_${randomBytes(24).toString("base64")}`,
): Promise<string> {
  await tenant.api.call("POST", "/webhook-sources", {
    service_name: serviceName,
    provider: "standard-webhooks",
    secret,
  });
  return secret;
}

export async function createDestination(tenant: BenchTenant, url: string): Promise<void> {
  await tenant.api.call("POST", "/webhook-destinations", { name: "bench", url, event_types: ["*"] });
}
