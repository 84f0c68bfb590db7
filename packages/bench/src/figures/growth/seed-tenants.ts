import type { Fleet } from "@condo/local/fleet";
import { newId, sourceSecretContext } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { seeding } from "./seed.ts";

const insertedAtOnce = 10_000;

export function slugOf(index: number): string {
  return `many-${index}`;
}

/** Makes tenants by their numbers, each with a source; their secrets are the same, and sealed each for itself. */
export async function seedTenants(
  fleet: Fleet,
  { serviceName, from, to, secret }: { serviceName: string; from: number; to: number; secret: string },
): Promise<void> {
  const sealer = createSealer(fleet.masterKey);
  await seeding(fleet, async (client) => {
    for (let first = from; first < to; first += insertedAtOnce) {
      const made = Array.from({ length: Math.min(insertedAtOnce, to - first) }, (_, index) => {
        const secretId = newId();
        const sealed = sealer.seal(secret, sourceSecretContext(secretId));
        return { slug: slugOf(first + index), tenantId: newId(), sourceId: newId(), secretId, sealed };
      });
      const tenantIds = made.map(({ tenantId }) => tenantId);
      const sourceIds = made.map(({ sourceId }) => sourceId);
      await client.query(
        "insert into tenants (id, slug, name) select id, slug, slug from unnest($1::uuid[], $2::text[]) made (id, slug)",
        [tenantIds, made.map(({ slug }) => slug)],
      );
      await client.query(
        `insert into webhook_sources (id, tenant_id, service_name, provider)
         select id, tenant_id, $3, 'standard-webhooks' from unnest($1::uuid[], $2::uuid[]) made (id, tenant_id)`,
        [sourceIds, tenantIds, serviceName],
      );
      await client.query(
        `insert into webhook_source_secrets (id, tenant_id, source_id, secret_sealed)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[])`,
        [made.map(({ secretId }) => secretId), tenantIds, sourceIds, made.map(({ sealed }) => sealed)],
      );
    }
    await client.query("vacuum analyze tenants");
    await client.query("vacuum analyze webhook_sources");
    await client.query("vacuum analyze webhook_source_secrets");
  });
}
