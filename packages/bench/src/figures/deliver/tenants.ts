import { randomBytes } from "node:crypto";
import type { Bench } from "../../bench.ts";
import type { RequestPlan } from "../../load/requests.ts";
import { createDestination, createSource, registerTenant } from "../../tenant.ts";

const serviceName = "bench";
const bodyBytes = 1_024;

/** Some tenants of equal share, each with a source and a destination: what posts webhooks to all of them in turn. */
export async function tenantsPlan(bench: Bench, count: number, destination: string): Promise<RequestPlan> {
  const fleet = await bench.fleet();
  // One for all, so that the load signs them alike.
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const turns: Record<string, string>[] = [];
  for (let index = 0; index < count; index++) {
    const tenant = await registerTenant(fleet.origin);
    await createSource(tenant, serviceName, secret);
    await createDestination(tenant, destination);
    turns.push({ "x-tenant-id": tenant.slug });
  }
  return {
    kind: "webhook",
    url: `${fleet.services["webhook-ingest"].url}/api/v1/webhooks/${serviceName}`,
    headers: {},
    signing: { scheme: "standard-webhooks", secret },
    size: bodyBytes,
    turns,
  };
}
