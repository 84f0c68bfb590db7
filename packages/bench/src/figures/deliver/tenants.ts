import { randomBytes } from "node:crypto";
import type { Bench } from "../../bench.ts";
import type { WebhookPlan } from "../../load/requests.ts";
import { type BenchTenant, createDestination, createSource, registerTenant } from "../../tenant.ts";

const serviceName = "bench";
export const bodyBytes = 1_024;

/** Some tenants of equal share, each with a source and a destination: what posts webhooks to all of them in turn. */
export async function tenantsPlan(bench: Bench, count: number, destination: string): Promise<WebhookPlan> {
  // One for all, so that the load signs them alike.
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const slugs: string[] = [];
  for (let index = 0; index < count; index++) {
    const { tenant } = await receivingTenant(bench, secret, destination);
    slugs.push(tenant.slug);
  }
  return planFor(bench, secret, slugs);
}

/** One tenant, its destination, and what posts webhooks to it. */
export async function tenantWithPlan(
  bench: Bench,
  destination: string,
  options: { timeout_ms: number },
): Promise<{ tenant: BenchTenant; destinationId: string; plan: WebhookPlan }> {
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const made = await receivingTenant(bench, secret, destination, options);
  return { ...made, plan: await planFor(bench, secret, [made.tenant.slug]) };
}

async function receivingTenant(
  bench: Bench,
  secret: string,
  destination: string,
  options?: { timeout_ms: number },
) {
  const tenant = await registerTenant((await bench.fleet()).origin);
  await createSource(tenant, serviceName, secret);
  return { tenant, destinationId: await createDestination(tenant, destination, options) };
}

async function planFor(bench: Bench, secret: string, slugs: string[]): Promise<WebhookPlan> {
  const { services } = await bench.fleet();
  return {
    kind: "webhook",
    url: `${services["webhook-ingest"].url}/api/v1/webhooks/${serviceName}`,
    headers: {},
    signing: { scheme: "standard-webhooks", secret },
    size: bodyBytes,
    turns: slugs.map((slug) => ({ "x-tenant-id": slug })),
  };
}
