import { randomBytes } from "node:crypto";
import { createClient, type CondoClient } from "@condo/client";

/** A tenant as a caller of the API has it. */
export interface BenchTenant {
  slug: string;
  email: string;
  password: string;
  accessToken: string;
  api: CondoClient;
}

/** Registers a tenant and logs its admin in. */
export async function registerTenant(origin: string): Promise<BenchTenant> {
  const slug = `bench-${randomBytes(5).toString("hex")}`;
  const email = `admin@${slug}.example`;
  const password = `correct horse ${randomBytes(6).toString("hex")}`;
  const anonymous = createClient({ url: origin });
  const admin = {
    admin_email: email,
    admin_password: password,
    admin_first_name: "Ada",
    admin_last_name: "Lovelace",
  };
  await anonymous.post("/api/v1/auth/register", { body: { name: slug, slug, ...admin } });
  const login = await anonymous.post("/api/v1/auth/login", { body: { email, password, tenant_slug: slug } });
  if ("mfa_required" in login) throw new Error("A new tenant requires no second factor");
  const accessToken = login.access_token;
  return { slug, email, password, accessToken, api: createClient({ url: origin, as: { accessToken } }) };
}

/** Makes a source that takes Standard Webhooks, and answers their secret; a new one by default. */
export async function createSource(
  tenant: BenchTenant,
  serviceName: string,
  secret = `whsec_${randomBytes(24).toString("base64")}`,
): Promise<string> {
  await tenant.api.post("/api/v1/webhook-sources", {
    body: { service_name: serviceName, provider: "standard-webhooks", secret },
  });
  return secret;
}

/** @returns its id */
export async function createDestination(
  tenant: BenchTenant,
  url: string,
  options: { timeout_ms?: number } = {},
): Promise<string> {
  const body = { name: "bench", url, event_types: ["*"], ...options };
  const destination = await tenant.api.post("/api/v1/webhook-destinations", { body });
  return destination.id;
}
